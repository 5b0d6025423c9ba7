/** Files that somebody else wrote. */
export { type ClassifierDescription, parseDescription } from './description.js';
export { foreignModel } from './foreign.js';
