import type { Backbone } from './backbone.js';
import { efficientnetB0 } from './efficientnet-b0.js';
import { mobilenetV2 } from './mobilenet-v2.js';
import { vgg16 } from './vgg16.js';

export type { Backbone, PublishedWeights } from './backbone.js';
export { type FineTuneOptions, fineTuned } from './fine-tuned.js';
export { type BackboneFile, type OpenBackboneOptions, type OpenedBackbone, openBackboneFile } from './from-file.js';
export type { PretrainedWeights } from './pretrained.js';

/** Every network that `--backbone` knows by name. To add one, write it in a file and list it here. */
export const backbones: readonly Backbone[] = [mobilenetV2, efficientnetB0, vgg16];

/** The side, in pixels, that images are fitted to for a network that looks at photographs: enough for most, and half the work of 224. */
export const usualSide = 160;
