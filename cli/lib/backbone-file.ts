import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { tensorflowFiles } from '../../export/index.js';
import { readModelFile } from '../../export/index.node.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { BackboneFile } from '../../train/index.js';
import { fileName } from './file-name.js';

interface Json {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly weights: BackboneFile['weightSpecs'] }[];
}

/**
 * Somebody's network, as TensorFlow.js takes it.
 * @param path a model.json, a Keras `.h5` or `.keras` file
 * @throws OnwardError kind `input`: none of these, damaged, or with layers that TensorFlow.js lacks
 */
export async function readBackboneFile(path: string): Promise<BackboneFile> {
  const { model } = await readModelFile(path);
  const converted = tensorflowFiles(model);
  if ('reason' in converted) {
    throw new OnwardError(
      'input',
      `${path}: TensorFlow.js, which trains, would not compute what it computes (${converted.reason}); give a backbone by name with --weights, or another file`,
    );
  }
  const { modelTopology, weightsManifest } = converted.files.json as Json;
  const weightData = converted.files.weights;
  // Of what was read, whichever files it was in.
  const sha256 = createHash('sha256').update(JSON.stringify(modelTopology)).update(weightData).digest('hex');
  return {
    name: path,
    sha256,
    modelTopology,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData,
  };
}

/** What runs on it are called: the file's name, of a model.json its folder's. */
export function backboneName(path: string): string {
  const file = basename(path);
  return fileName(/^model\.json$/i.test(file) ? basename(dirname(path)) : file.replace(/\.(json|h5|hdf5|keras)$/i, ''));
}
