/** The Open Inference Protocol, version 2: what its messages say. */
export { agreement } from './agreement.js';
export { type InferAnswer, inferAnswer } from './answer.js';
export { modelMetadata, serverMetadata } from './metadata.js';
export { numbersOf } from './numbers.js';
export { quote } from './quote.js';
export { type InferRequest, readInferRequest, type WantedOutput } from './request.js';
