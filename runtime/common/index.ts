/** The few things that every folder needs. */
export type { Availability } from './availability.js';
export { fromBase64, toBase64 } from './base64.js';
export { closest, unknownName } from './closest.js';
export { sha256Hex } from './digest.js';
export { type ErrorKind, messageOf, OnwardError } from './error.js';
export { fromHalf, toHalf } from './half.js';
export { type Random, random, seedOf } from './random.js';
export { fromUtf8, utf8 } from './utf8.js';
