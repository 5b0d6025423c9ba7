import { test } from 'vitest';
import { replacedUnderLoad } from '../serve/reload.js';

test('a model that is replaced fifty times under load loses no request', () => replacedUnderLoad(50));
