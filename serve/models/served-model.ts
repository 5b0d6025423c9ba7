import { OnwardError } from '../../runtime/common/index.js';
import { type EngineName, engineByName } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { createSlots, type Observer, type Outcome } from '../batching/index.js';
import { createExtras, type Extras } from '../extras/index.js';
import { defaultLimits, type Limits } from '../limits.js';
import type { Tensor, TensorSpec } from '../tensors/index.js';
import type { Upload } from '../upload.js';
import { imageWork, probabilitiesOf } from './image-work.js';
import { checkModelName } from './name.js';
import { runModel } from './run-model.js';
import type { Running, RunningOptions } from './running.js';
import { type Servable, servableOf } from './servable.js';
import { type InputTensor, tensorsOf, tensorWork } from './tensor-work.js';

export interface ServedModelOptions extends RunningOptions {
  /** Default: `model`. */
  readonly name?: string | undefined;
  /** Default: `1`. */
  readonly version?: string | undefined;
  /** Default: ort-cpu, the one that takes other tensors than images. */
  readonly engine?: EngineName | undefined;
  /** Of ort-cuda: GPUs as `nvidia-smi` counts them, which workers share; default: the first. */
  readonly devices?: readonly number[] | undefined;
  /**
   * `auto`: workers, threads and batch are what was measured for this model on this machine, now or in the first idle
   * seconds; default: `off`, the defaults.
   */
  readonly tune?: 'auto' | 'off' | undefined;
  /** Serve a model that predicts differently here from where it was trained; default: false. */
  readonly allowDifferent?: boolean | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly observer?: Observer | undefined;
  /** Gets one line for what nobody who sent a request should see; default: console.error. */
  readonly log?: ((line: string) => void) | undefined;
  /** Measures one model after another, where there are several; default: at once. */
  readonly measureInTurn?: (<T>(work: () => Promise<T>) => Promise<T>) | undefined;
  /** The module that the threads run. */
  readonly filename?: string | undefined;
}

/** Who asks: clients take turns, and what one asked is dropped when it has gone. */
export interface Client {
  readonly id: string;
  readonly onGone?: ((drop: () => void) => void) | undefined;
}

export interface Predictions {
  /** float32 `[classes]` of each image. */
  readonly probabilities: readonly Float32Array[];
  readonly outcome: Outcome;
}

/** A model that answers: its sessions in worker threads, its requests in batches. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly classifier: LoadedModel | undefined;
  readonly engine: EngineName;
  readonly engineVersion: string;
  readonly device: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Whether the first dimension of everything is a batch of any size. */
  readonly batched: boolean;
  /** As it is now: tuning may change it. */
  readonly running: Running;
  /** Settled when nothing is measured any more. */
  readonly tuned: Promise<void>;
  /** Whether there is a worker. */
  readonly ready: boolean;
  /** Rows that wait. */
  readonly waiting: number;
  /**
   * The images of an upload.
   * @throws OnwardError about the upload; HTTPException 503 when too many wait, 500 when workers end over it
   */
  classify(upload: Upload, client?: Client): Promise<Predictions>;
  /**
   * Tensors to tensors: inputs as the model's specs say, which the caller has checked.
   * @throws as `classify`; OnwardError kind `input` for values that the model does not take
   */
  infer(
    inputs: readonly InputTensor[],
    outputs: readonly string[],
    client?: Client,
  ): Promise<{ tensors: Tensor[]; outcome: Outcome }>;
  /** What costs many times a prediction. @throws OnwardError kind `usage` of what is no image classifier */
  extras(): Extras;
  /** Answers what was accepted, then ends the threads. */
  close(): Promise<void>;
}

const anyone: Client = { id: '' };

/** Who looks on beside somebody else's request, and takes turns with nobody but itself. */
export const asShadow: Client = { id: 'shadow' };

/** @throws OnwardError when the engine is not there (`missing`) or predicts other than the file says (`parity`) */
export async function openServedModel(
  given: Servable | LoadedModel,
  options: ServedModelOptions = {},
): Promise<ServedModel> {
  const { name = 'model', version = '1', engine = 'ort-cpu', tune = 'off', log = console.error, observer } = options;
  checkModelName(name);
  engineByName(engine);
  const servable = 'file' in given ? given : servableOf(given);
  const { file, classifier } = servable;
  if (!classifier && engine !== 'ort-cpu') {
    throw new OnwardError('usage', `${file}: it is no image classifier, which only ort-cpu serves, got ${engine}`);
  }
  const limits = { ...defaultLimits, ...options.limits };
  const { allowDifferent = false } = options;
  const model = await runModel(servable, {
    ...options,
    ...{ engine, tune, allowDifferent, limits, observer },
    log: (line) => log(`${name}: ${line}`),
  });
  const { inputs, outputs, batched } = model.opened;
  const slots = createSlots();
  let closing: Promise<void> | undefined;
  let extras: Extras | undefined;
  const noClassifier = () =>
    new OnwardError('usage', `the model ${name} is no image classifier; send its tensors to /v2/models/${name}/infer`);

  return {
    ...{ name, version, file, classifier, engine, inputs, outputs, batched },
    tuned: model.tuned,
    get engineVersion() {
      return model.opened.version;
    },
    get device() {
      return model.device;
    },
    get running() {
      return model.running;
    },
    get ready() {
      return model.alive && !closing;
    },
    get waiting() {
      return model.waiting;
    },

    async classify(upload, client = anyone) {
      if (!classifier) throw noClassifier();
      const outcome = await model.submit(imageWork(upload, { client: client.id, slots, limits }), client.onGone);
      return { probabilities: probabilitiesOf(outcome), outcome };
    },

    async infer(given, wanted, client = anyone) {
      const work = tensorWork(given, wanted, { client: client.id, slots, batched });
      const outcome = await model.submit(work, client.onGone);
      return { tensors: tensorsOf(outcome), outcome };
    },

    extras() {
      if (!classifier) throw noClassifier();
      const { timeout, maxPixels, maxImages } = limits;
      const bare = { ...classifier, bytes: new Uint8Array() };
      extras ??= createExtras({
        ...{ classifier: bare, bytes: servable.bytes, engine, allowDifferent, timeout, maxPixels, maxImages },
        device: options.devices?.[0],
        log: (line) => log(`${name}: ${line}`),
      });
      return extras;
    },

    close() {
      closing ??= Promise.all([model.close(), extras?.close()]).then(() => {});
      return closing;
    },
  };
}
