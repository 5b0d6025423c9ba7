/** What a model computes on its way to the classes. */
export { modelAsSaid, type SaidOfModel, saysClasses } from './adapt.js';
export { type Convolution, convolutionsOf, spread } from './convolutions.js';
export { type EmbeddingValue, embeddingOf, embeddingValue } from './embedding-value.js';
export {
  type ExplainedImage,
  type ExplainMethod,
  type ExplainOptions,
  type Explanation,
  explain,
  explainMethods,
} from './explain.js';
export { graphOf, namedValue } from './graph-values.js';
export { heatPng } from './pictures.js';
export { type ActivationsOptions, activationsSection } from './section.js';
export { joinedView, openTapped, type Tapped, type TappedOptions, type TappedRows, testedFirst } from './tapped.js';
export { type WriteExplanationOptions, writeExplanation } from './write-explanation.js';
