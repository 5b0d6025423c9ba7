/** What an engine does with a model that was read: a door of its own, so that who only runs one does not load what reads files. */
export { softmaxRows, toProbabilities, toTensor } from './tensors.js';
