import { test } from 'vitest';
import { changedOnDiskUnderLoad, replacedUnderLoad } from '../serve/reload.js';

test('a model that is replaced fifty times under load loses no request', () => replacedUnderLoad(50));

test('a folder that changes fifty times under load loses no request', () => changedOnDiskUnderLoad(50));
