import type { Scored } from './scored.js';

/** How many images of each class (rows) were called what (columns), in the classes' order. */
export const confusion = ({ classes, confusion }: Scored): readonly (readonly number[])[] =>
  classes.map((_, c) => Array.from(confusion.subarray(c * classes.length, (c + 1) * classes.length)));
