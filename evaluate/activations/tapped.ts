import { importPeer } from '../../machine/index.js';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { type Engine, openSession, type SelfTest } from '../../runtime/engines/index.node.js';
import { type LoadedModel, toProbabilities, toTensor, withTaps } from '../../runtime/model/index.js';

export interface TappedOptions {
  /** Values of the graph, by name. */
  readonly values: readonly string[];
  readonly allowDifferent?: boolean | undefined;
}

/** What a model gives for some images, from inside of it too. */
export interface TappedRows {
  /** float32 `[images, classes]` */
  readonly probabilities: Float32Array;
  /** Of each value float32 `[images, ...shape]`. */
  readonly values: readonly Float32Array[];
}

/** A model in an engine, that gives values from inside its graph beside the probabilities. */
export interface Tapped {
  readonly engine: string;
  readonly version: string;
  readonly device: string;
  readonly selfTest: SelfTest | undefined;
  /** Of each value, without the batch. */
  readonly shapes: readonly (readonly number[])[];
  /** @param images uint8 `[count, height, width, channels]`, as the model takes them */
  run(images: Uint8Array, count: number): Promise<TappedRows>;
  close(): Promise<void>;
}

/**
 * The shapes of values, found by running the graph on one black image: what a file says of them is often nothing.
 * @throws OnwardError kind `input` for a value that is no tensor of numbers with the batch first
 */
async function shapesOf(model: LoadedModel, values: readonly string[]): Promise<number[][]> {
  if (values.length === 0) return [];
  const { InferenceSession, Tensor } = await importPeer('onnxruntime-node');
  const { bytes, outputs } = withTaps(model.bytes, values);
  const refuse = (cause: unknown) =>
    new OnwardError(
      'input',
      `${model.name}: ONNX Runtime does not give ${values.map((name) => `"${name}"`).join(', ')} as an output (${messageOf(cause).split('. ')[0]}); name another layer`,
      { cause },
    );
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 }).catch((cause: unknown) => {
    throw refuse(cause);
  });
  try {
    const { width, height, channels } = model.input;
    const batch = model.tensor.batch ?? 1;
    const { data, dims } = toTensor(model, new Uint8Array(batch * width * height * channels), batch);
    const tensor = data instanceof Uint8Array ? new Tensor('uint8', data, dims) : new Tensor('float32', data, dims);
    const results = await session.run({ [model.tensor.name]: tensor }, outputs).catch((cause: unknown) => {
      throw refuse(cause);
    });
    return outputs.map((output, i) => {
      const [first, ...shape] = results[output]!.dims;
      if (first === batch) return shape;
      throw new OnwardError(
        'input',
        `${model.name}: expected the layer "${values[i]}" to give something for each image, got [${results[output]!.dims.join(', ')}] for ${batch}; name another layer`,
      );
    });
  } finally {
    await session.release();
  }
}

/**
 * Opens a model in an engine so that it gives values from inside its graph, in one run with the probabilities. Any ONNX
 * classifier will do; where the file has golden samples it has to meet them first.
 * @throws OnwardError kind `usage` for an engine that runs the layers model and not the file; whatever `openSession` throws
 */
export async function openTapped(
  engine: Engine,
  model: LoadedModel,
  { values, allowDifferent = false }: TappedOptions,
): Promise<Tapped> {
  if (engine.name.startsWith('tfjs-')) {
    throw new OnwardError(
      'usage',
      `${engine.name} runs the layers model of a run folder, and layers are looked into in the ONNX file; use ort-cpu or another engine that runs the file`,
    );
  }
  const shapes = await shapesOf(model, values);
  const selfTest = await testedFirst(engine, model, allowDifferent);
  const classes = model.labels.length;
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  const total = sizes.reduce((a, b) => a + b, classes);
  const session = await openSession(engine, joinedView(model, values, total));
  return {
    ...{ engine: session.engine, version: session.version, device: session.device, selfTest, shapes },
    async run(images, count) {
      const rows = await session.predict(images, count);
      const cut = (from: number, size: number) => {
        const part = new Float32Array(count * size);
        for (let i = 0; i < count; i++) {
          part.set(rows.subarray(i * total + from, i * total + from + size), i * size);
        }
        return part;
      };
      let at = classes;
      const parts = sizes.map((size) => {
        at += size;
        return cut(at - size, size);
      });
      return { probabilities: toProbabilities(model, cut(0, classes)), values: parts };
    },
    close: () => session.close(),
  };
}

/**
 * A model whose one output has the probabilities and, behind them, values from inside: to an engine it is a classifier of as
 * many classes as there are numbers, so what batches and bytes it takes stays the same. It has no golden samples.
 * @param total how many numbers: of the classes, and of all values
 */
export function joinedView(model: LoadedModel, values: readonly string[], total: number): LoadedModel {
  const { bytes, outputs } = withTaps(model.bytes, [model.output.name, ...values], { joined: true });
  const { layersModel: _, ...rest } = model;
  return {
    ...rest,
    bytes,
    output: { name: outputs[0]!, kind: 'probabilities' },
    labels: new Array<string>(total).fill(''),
    ...{ golden: undefined, digest: undefined },
  };
}

/** The golden samples, in the model as it is. */
export async function testedFirst(engine: Engine, model: LoadedModel, allowDifferent: boolean) {
  if (!model.golden) return undefined;
  const session = await openSession(engine, model, { allowDifferent });
  await session.close();
  return session.selfTest;
}
