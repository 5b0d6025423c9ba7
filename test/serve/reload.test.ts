import { test } from 'vitest';
import { changedOnDiskUnderLoad, replacedUnderLoad } from './reload.js';

test('a model that is replaced under load loses no request, and a damaged one takes no place', () =>
  replacedUnderLoad(3));

test('a folder that changes under load loses no request, and what is damaged takes none', () =>
  changedOnDiskUnderLoad(6));
