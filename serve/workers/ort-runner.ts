import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { importPeer, remedyFor } from '../../machine/index.js';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { type Engine, engineByName, inBatches, openSession, type Session } from '../../runtime/engines/index.node.js';
import { toProbabilities, toTensor } from '../../runtime/model/tensors/index.js';
import { dataTypeOf, dataTypeOfOnnx, type Tensor, type TensorSpec } from '../tensors/index.js';
import type { WorkerSetup } from './messages.js';
import type { Runner } from './runner.js';

/** The first line of what ONNX Runtime says, which has the reason. */
const reasonOf = (thrown: unknown) => messageOf(thrown).split('\n')[0]!.slice(0, 300);

function specOf(value: InferenceSession.ValueMetadata, where: string): TensorSpec {
  const type = value.isTensor ? dataTypeOfOnnx(value.type) : undefined;
  if (!value.isTensor || !type) {
    throw new OnwardError(
      'input',
      `${where}: expected tensors of numbers or strings in and out, but "${value.name}" is ${value.isTensor ? `of ${value.type}` : 'no tensor'}; it cannot be served`,
    );
  }
  return {
    name: value.name,
    datatype: type.name,
    shape: value.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : -1)),
  };
}

/** Whether every first dimension is left open, and those that have a name have the same one. */
function isBatched(values: readonly InferenceSession.ValueMetadata[]): boolean {
  const sizes = values.map((value) => (value.isTensor ? value.shape[0] : 0));
  const names = new Set(sizes.filter((size) => typeof size === 'string' && size !== ''));
  return names.size <= 1 && sizes.every((size) => typeof size === 'string' || (size !== undefined && size < 0));
}

/**
 * A graph in ONNX Runtime's CPU kernels, with all its inputs and outputs. Where it is a classifier it first predicts its
 * golden samples, as `openSession` lets every engine do.
 * @throws OnwardError kind `missing` without onnxruntime-node, `input` when it does not load, `parity` when it differs
 */
export async function openOrtRunner({
  name,
  bytes,
  classifier,
  threads = 1,
  allowDifferent,
}: Pick<WorkerSetup, 'name' | 'bytes' | 'classifier' | 'threads' | 'allowDifferent'>): Promise<Runner> {
  const ort = await importPeer('onnxruntime-node').catch((cause: unknown) => {
    throw new OnwardError(
      'missing',
      `ort-cpu: onnxruntime-node does not load (${messageOf(cause)}); run ${remedyFor('onnxruntime-node')}`,
      { cause },
    );
  });
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
    intraOpNumThreads: threads,
    // Threads that wait by spinning take the cores from the event loop and from the other workers.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }).catch((cause: unknown) => {
    throw new OnwardError(
      'input',
      `${name}: expected a model that ort-cpu can load, but ONNX Runtime refuses it (${reasonOf(cause)}); export it again, or use another engine`,
      { cause },
    );
  });

  async function feed(feeds: { [name: string]: OrtTensor }, outputs: readonly string[]) {
    try {
      return await session.run(feeds, outputs as string[]);
    } catch (cause) {
      throw new OnwardError('input', `${name}: the model does not take these tensors (${reasonOf(cause)})`, { cause });
    }
  }

  const runner: Runner = {
    version: ort.env.versions.node!,
    device: `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    inputs: session.inputMetadata.map((value) => specOf(value, name)),
    outputs: session.outputMetadata.map((value) => specOf(value, name)),
    batched: isBatched([...session.inputMetadata, ...session.outputMetadata]),
    predict: classifier && predict,
    async run(given, outputs) {
      const feeds = Object.fromEntries(given.map((tensor) => [tensor.name, toOrt(tensor)]));
      const results = await feed(feeds, outputs);
      return outputs.map((output) => fromOrt(output, results[output]!));
    },
    close: () => session.release(),
  };

  function predict(images: Uint8Array, count: number): Promise<Float32Array> {
    return inBatches(classifier!, predictOnce, images, count);
  }

  async function predictOnce(images: Uint8Array, count: number): Promise<Float32Array> {
    const model = classifier!;
    const classes = model.labels.length;
    const { data, dims } = toTensor(model, images, count);
    const tensor =
      data instanceof Uint8Array ? new ort.Tensor('uint8', data, dims) : new ort.Tensor('float32', data, dims);
    const results = await feed({ [model.tensor.name]: tensor }, [model.output.name]);
    const probabilities = toProbabilities(model, results[model.output.name]!.data as Float32Array);
    if (probabilities.length !== count * classes) {
      throw new OnwardError(
        'input',
        `${name}: expected ${count * classes} numbers for ${count} images and ${classes} classes, got ${probabilities.length}; it does not take batches`,
      );
    }
    return probabilities;
  }

  const toOrt = ({ datatype, shape, data }: Tensor): OrtTensor => {
    const type = dataTypeOf(datatype);
    if (!(data instanceof Uint8Array)) return new ort.Tensor('string', data as string[], shape);
    // biome-ignore lint/suspicious/noExplicitAny: the constructor has one overload a type, and the type is a variable here.
    const make = ort.Tensor as any;
    return new make(type.onnx, new type.array(data.buffer, data.byteOffset, data.byteLength / type.bytes), shape);
  };

  if (classifier) {
    // The same session that will serve is the one that is checked.
    const engine: Engine = { ...engineByName('ort-cpu'), open: async () => sessionOf(runner, classifier) };
    await openSession(engine, classifier, { allowDifferent });
  }
  return runner;
}

const sessionOf = (runner: Runner, model: Session['model']): Session => ({
  engine: 'ort-cpu',
  version: runner.version,
  device: runner.device,
  model,
  predict: (images, count) => runner.predict!(images as Uint8Array<ArrayBuffer>, count),
  close: runner.close,
});

function fromOrt(name: string, { type, dims, data }: OrtTensor): Tensor {
  const datatype = dataTypeOfOnnx(type)!.name;
  if (Array.isArray(data)) return { name, datatype, shape: dims, data };
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  return { name, datatype, shape: dims, data: new Uint8Array(buffer, byteOffset, byteLength) };
}
