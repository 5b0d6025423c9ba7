import type { Source } from '../source.js';
import { cifar } from './cifar.js';
import { folder } from './folder.js';
import { idx } from './idx.js';
import { manifest } from './manifest.js';
import { mnist } from './mnist.js';
import { streetDigits } from './street-digits.js';
import { svhn } from './svhn.js';

/**
 * Every source; the first that matches is taken, so those with names come first (`./mnist` is a folder, `mnist` is not), and
 * the image folder, which matches every path that is there, comes last.
 */
export const sources: readonly Source[] = [mnist, streetDigits, svhn, manifest, idx, cifar, folder];

/** Those that have names, not paths. */
export const namedSources = [mnist, streetDigits, svhn].map(({ name }) => name);
