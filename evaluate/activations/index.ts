/** What a model computes on its way to the classes. */
export { type EmbeddingValue, embeddingOf, embeddingValue } from './embedding-value.js';
export { graphOf, namedValue } from './graph-values.js';
export { joinedView, openTapped, type Tapped, type TappedOptions, type TappedRows, testedFirst } from './tapped.js';
