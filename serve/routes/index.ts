import { classify } from './classify.js';
import { health } from './health.js';
import { page } from './page.js';
import type { Route } from './route.js';

/** Every route, in the order in which they are tried. */
export const routes: readonly Route[] = [classify, health, page];
