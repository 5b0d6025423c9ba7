/** Changes to ONNX files, whoever wrote them: nothing that we do not understand is lost. */
export { encodeProto, sealProto } from './encode.js';
export { prune } from './prune.js';
export { renameValues } from './rename.js';
export { type TappedBytes, withTaps } from './tap.js';
export { bodiesOf, graphsOf, opsetOf, takenBy, valueNames } from './walk.js';
