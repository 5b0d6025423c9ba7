/** The numbers of a training: a recipe's, and those that a person sets. */
export { adjusted } from './adjusted.js';
export { fields, parseSettings } from './fields.js';
export { resolveSettings, type Settings, scheduleOf, usualStages } from './settings.js';
