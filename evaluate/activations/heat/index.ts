/** What of an image counts: a file each. */
export { classActivation } from './cam.js';
export type { HeatMap } from './map.js';
export { occlusion } from './occlusion.js';
export { type ScoreCamInput, scoreCam } from './score-cam.js';
