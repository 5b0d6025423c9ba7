import { checkExport } from '../../evaluate/index.js';
import {
  type LayersModel,
  type ModelFile,
  modelGraph,
  nonFiniteWeights,
  tableInputs,
  tensorflowFiles,
  trySizes,
} from '../../export/index.node.js';
import { version, writeWhole } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { encodeModel } from '../../runtime/model/index.js';
import { type ExportFlags, type Layout, targetOf } from './export-flags.js';
import { readHandlers } from './own-handlers.js';

/**
 * `LR=256,256,3`, or `256,256,3` for a model with one input.
 * @throws OnwardError kind `usage`
 */
export function inputShapes({ inputs }: LayersModel, given: readonly string[]): Map<string, number[]> {
  return new Map(
    given.map((text) => {
      const [, name = inputs.length === 1 ? inputs[0]!.layer : undefined, sizes] =
        /^(?:(.+)=)?(\d+(?:,\d+)*)$/.exec(text) ?? [];
      if (name !== undefined && sizes !== undefined) return [name, sizes.split(',').map(Number)];
      throw new OnwardError(
        'usage',
        `--input-shape: expected <input>=<sizes without the batch>, like ${inputs[0]?.layer}=256,256,3, got ${JSON.stringify(text)}`,
      );
    }),
  );
}

/** The sizes of an input as Keras has them. */
const asKeras = (shape: number[], layout: Layout | undefined) =>
  layout === 'nchw' && shape.length >= 2 ? [...shape.slice(1), shape[0]!] : shape;

/** What TensorFlow.js is to load: the model's own files, or, of a Keras file, the same model as TensorFlow.js has it. */
export function referenceOf(model: LayersModel, files: ModelFile['files']) {
  const found = files ? { files } : tensorflowFiles(model);
  return 'files' in found ? { files: found.files } : { otherwise: found.reason };
}

/** Exports a layers model as it is: float inputs and outputs with the names and shapes that it has. */
export async function modelExport({ format, model, files }: ModelFile, out: string, flags: ExportFlags) {
  const handlers = flags.handlers === undefined ? undefined : await readHandlers(flags.handlers);
  const before = performance.now();
  const layout = (wanted: Layout | undefined) => (wanted === 'nchw' ? 'channels-first' : 'keras');
  const graph = modelGraph(model, {
    ...targetOf(flags),
    inputLayout: layout(flags.inputLayout),
    outputLayout: layout(flags.outputLayout),
    inputShapes: inputShapes(model, flags.inputShape ?? []),
    handlers,
  });
  const bytes = encodeModel(graph, [], version);
  const seconds = (performance.now() - before) / 1000;
  const tables = tableInputs(model);
  const inputs = graph.inputs.map(({ name, dims }) => ({
    name,
    shape: asKeras(trySizes(dims.slice(1)), flags.inputLayout),
    below: tables.get(name),
  }));
  const inner = flags.outputs?.find(
    (output) => output.includes('/') && !model.layers.some(({ name }) => name === output),
  );
  const reference = inner
    ? { otherwise: `TensorFlow.js does not give "${inner}", a layer of a model in the model` }
    : undefined;
  const check = flags.check
    ? await checkExport(out, bytes, inputs, {
        ...(reference ?? referenceOf(model, files)),
        dtype: flags.dtype,
        outputs: flags.outputs,
        batch: flags.batch === 'dynamic' ? undefined : flags.batch,
        channelsFirst: { inputs: flags.inputLayout === 'nchw', outputs: flags.outputLayout === 'nchw' },
      })
    : null;
  await writeWhole(out, bytes);
  const values = (list: typeof graph.inputs) => list.map(({ name, type, dims }) => ({ name, type, dims }));
  return {
    model: out,
    format,
    bytes: bytes.length,
    seconds,
    inputs: values(graph.inputs),
    outputs: values(graph.outputs),
    nonFinite: nonFiniteWeights(model),
    check,
  };
}
