import { basename, resolve } from 'node:path';

/** The end of a dataset's name as every system takes it in a file's: `street-digits-20000-seed-1`; of `.`, the folder's name. */
export const fileName = (name: string) => basename(resolve(name)).replaceAll(/[^\p{L}\p{N}._-]+/gu, '-') || 'dataset';
