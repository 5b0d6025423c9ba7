import type { Section } from '../section.js';
import { calibration } from './calibration.js';
import { classes } from './classes.js';
import { confusion } from './confusion.js';
import { curves } from './curves.js';
import { layers } from './layers.js';
import { mistakes } from './mistakes.js';
import { parity } from './parity.js';
import { provenance } from './provenance.js';
import { roc } from './roc.js';
import { summary } from './summary.js';

/** What the report has, in this order. To add a section, write it in a file and list it here. */
export const sections: readonly Section[] = [
  ...[summary, classes, confusion, mistakes],
  ...[calibration, roc, curves],
  ...[layers, parity, provenance],
];
