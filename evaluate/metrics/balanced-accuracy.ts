import { perClass } from './per-class.js';
import { meanOf, type Scored } from './scored.js';

/** The mean recall of the classes that have images: what accuracy would be, had all equally many. */
export const balancedAccuracy = (scored: Scored): number =>
  meanOf(perClass(scored).flatMap(({ recall }) => (recall === null ? [] : [recall])))!;
