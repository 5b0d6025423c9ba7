import type { Source } from '../source.js';
import { folder } from './folder.js';
import { mnist } from './mnist.js';
import { streetDigits } from './street-digits.js';

/** Every source; the first that matches is taken, so a folder comes last: `./mnist` is a folder, `mnist` is not. */
export const sources: readonly Source[] = [mnist, streetDigits, folder];
