/** What a training needs to go on where it stopped. */
export {
  type Checkpoint,
  checkpointPath,
  type Progress,
  readCheckpoint,
  readProgress,
  writeCheckpoint,
} from './checkpoint.js';
export {
  architectureIdentity,
  datasetIdentity,
  differences,
  digestOfIdentity,
  type Identity,
  scheduleIdentity,
} from './identity.js';
