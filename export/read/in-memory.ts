import { OnwardError } from '../../runtime/common/index.js';
import type { LayersModel } from './layers-model.js';
import { readModelJson } from './model-json.js';

/** What TensorFlow.js passes when it saves or loads a model (`tf.io.ModelArtifacts`), as far as it is read here. */
export interface ModelArtifacts {
  readonly modelTopology?: unknown;
  readonly format?: string;
  readonly weightSpecs?: readonly unknown[];
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[] | undefined;
}

/** A `tf.io.IOHandler` that loads. */
export interface LoadHandler {
  readonly load?: (() => Promise<ModelArtifacts>) | undefined;
}

/** A `tf.LayersModel`. */
export interface SavingModel {
  save(handler: {
    save(artifacts: ModelArtifacts): Promise<{ modelArtifactsInfo: { dateSaved: Date; modelTopologyType: 'JSON' } }>;
  }): Promise<unknown>;
}

function joined(data: ModelArtifacts['weightData']): Uint8Array {
  const parts = (data instanceof ArrayBuffer ? [data] : (data ?? [])).map((part) => new Uint8Array(part));
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

async function artifactsOf(source: SavingModel | LoadHandler): Promise<ModelArtifacts> {
  if ('load' in source && source.load) return source.load();
  if (!('save' in source) || typeof source.save !== 'function') {
    throw new OnwardError('input', 'expected a tf.LayersModel or an IOHandler that loads one, got something else');
  }
  let artifacts: ModelArtifacts | undefined;
  await source.save({
    save: async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    },
  });
  if (!artifacts) throw new OnwardError('input', 'the model saved nothing');
  return artifacts;
}

/**
 * A `tf.LayersModel` in memory, or what an `IOHandler` loads (`tf.io.browserFiles`, `tf.io.http`, one's own). Needs no
 * TensorFlow.js itself. Runs in a browser.
 * @throws OnwardError kind `input` as `readModelJson` does
 */
export async function readLayersModel(source: SavingModel | LoadHandler): Promise<LayersModel> {
  const { modelTopology, weightSpecs = [], weightData, format } = await artifactsOf(source);
  const json = { modelTopology, format, weightsManifest: [{ paths: [], weights: weightSpecs }] };
  return readModelJson({ json, weights: joined(weightData) });
}
