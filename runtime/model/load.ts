import type { ModelProto } from 'onnx-buf';
import { messageOf, OnwardError } from '../common/index.js';
import type { LoadedModel } from './contract.js';
import { type ClassifierDescription, foreignModel } from './foreign/index.js';
import { ownModel } from './own.js';
import { decodeModel, plainModel, producerName } from './protobuf.js';

export interface LoadOptions {
  /** For messages: the file's path or address. */
  name: string;
  /** Load a file that was altered after it was exported all the same. */
  allowAltered?: boolean;
  /** What a file that is not ours does not say of itself. */
  description?: ClassifierDescription | undefined;
}

/** @throws OnwardError kind `input` for bytes that are no ONNX model */
function readProto(bytes: Uint8Array, name: string): ModelProto {
  try {
    if (bytes.length === 0) throw new Error('it is empty');
    const model = decodeModel(bytes);
    if (!model.graph) throw new Error('it holds no graph');
    return model;
  } catch (cause) {
    throw new OnwardError(
      'input',
      `${name}: expected an ONNX model, but it cannot be read as one (${messageOf(cause)}); it may be truncated or damaged, copy or export it again`,
      { cause },
    );
  }
}

/**
 * Reads a model.onnx and, where onward exported it, checks its digest and that its graph is what its metadata say. Runs
 * in a browser.
 * @throws OnwardError kind `input`: damaged, altered since export, of a later format, or not an image classifier, or not as described
 */
export function loadModel(bytes: Uint8Array<ArrayBuffer>, options: LoadOptions): LoadedModel {
  const model = readProto(bytes, options.name);
  const entries = new Map(
    model.metadataProps.filter(({ key }) => key.startsWith('onward.')).map(({ key, value }) => [key, value]),
  );
  // A file of ours that ends before its metadata is truncated, or somebody took them out.
  const isCut = model.producerName === producerName && model.docString !== plainModel;
  const isOurs = entries.size > 0 || (isCut && !options.allowAltered);
  if (!isOurs) return foreignModel(model, bytes, options.name, options.description);
  if (options.description && entries.size > 0) {
    throw new OnwardError(
      'input',
      `${options.name}: it says all of itself, as onward wrote it; expected no description, remove its .classifier.json or --classifier`,
    );
  }
  return ownModel(model, bytes, entries, options);
}
