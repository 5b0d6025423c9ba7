import { readFile } from 'node:fs/promises';
import { messageOf } from '../../runtime/common/index.js';
import {
  decodeModel,
  type LoadedModel,
  type LoadFileOptions,
  loadModelFile,
  plainModel,
  producerName,
  readDescription,
} from '../../runtime/model/index.node.js';

/** An ONNX file that can be served: as an image classifier where it is one, else by its tensors. */
export interface Servable {
  /** For messages. */
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly classifier: LoadedModel | undefined;
  /** A sentence for each thing that nothing proves. */
  readonly notes: readonly string[];
}

export const servableOf = (classifier: LoadedModel): Servable => ({
  file: classifier.name,
  bytes: classifier.bytes,
  classifier,
  notes: classifier.guesses,
});

/**
 * Reads a model.onnx. One of ours must be as it was exported; another one that is no image classifier is served by its tensors.
 * @throws OnwardError kind `input`: no such file, damaged, altered, or not as it is described
 */
export async function readServable(path: string, options: LoadFileOptions = {}): Promise<Servable> {
  const isDescribed = (await readDescription(path, options.classifier)) !== undefined;
  try {
    return servableOf(await loadModelFile(path, options));
  } catch (error) {
    const bytes = await readFile(path).catch(() => {
      throw error;
    });
    const own = new Uint8Array(bytes);
    // Who describes a classifier means one.
    if (isDescribed || !isForeign(own)) throw error;
    return {
      file: path,
      bytes: own,
      classifier: undefined,
      notes: [`only its tensors are served, no images (${messageOf(error)})`],
    };
  }
}

/** A graph as somebody else wrote it, or as we do without metadata: nothing of ours is missing in it. */
function isForeign(bytes: Uint8Array): boolean {
  try {
    const { producerName: producer, docString, metadataProps, graph } = decodeModel(bytes);
    const cut = producer === producerName && docString !== plainModel;
    const ours = metadataProps.some(({ key }) => key.startsWith('onward.'));
    return !cut && !ours && (graph?.output.length ?? 0) > 0;
  } catch {
    return false;
  }
}
