import { test } from 'vitest';
import { replacedUnderLoad } from './reload.js';

test('a model that is replaced under load loses no request, and a damaged one takes no place', () =>
  replacedUnderLoad(3));
