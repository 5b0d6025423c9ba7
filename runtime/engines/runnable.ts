import type { LoadedModel } from '../model/index.js';

/** What a graph needs to be run: all of a LoadedModel that travels to another process or into a page. */
export type Runnable = Pick<LoadedModel, 'name' | 'bytes' | 'input' | 'tensor' | 'output' | 'labels'>;

export function runnable({ name, bytes, input, tensor, output, labels }: LoadedModel): Runnable {
  return { name, bytes, input, tensor, output, labels };
}

/** The rest of a LoadedModel, empty: the golden samples are checked where the model came from. */
export function asLoaded(model: Runnable): LoadedModel {
  return { ...model, precision: 'float32', provenance: {}, golden: undefined, digest: undefined, guesses: [] };
}
