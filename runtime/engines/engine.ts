import type { Availability } from '../common/index.js';
import type { LoadedModel } from '../model/index.js';

/** The engines in the order in which tables list them. */
export const engineNames = [
  'tfjs-native',
  'tfjs-wasm',
  'ort-cpu',
  'ort-cuda',
  'ort-webgpu',
  'web-wasm',
  'web-webgpu',
] as const;
export type EngineName = (typeof engineNames)[number];

/** One way to execute a model. */
export interface Engine {
  readonly name: EngineName;
  /** Max |Δp| against the backend that trained: 1e-5 on a CPU, 1e-4 on a GPU. */
  readonly tolerance: number;
  /**
   * True where a few images already take seconds (a GPU emulated in software): callers then take fewer. A GPU engine knows
   * it once it was probed or has opened a model.
   */
  readonly slow?: boolean;
  /** Looks, without loading a model; never throws. */
  probe(): Promise<Availability>;
  /**
   * Loads a model, neither checked nor warmed up (`openSession` does that).
   * @throws OnwardError kind `missing` when the engine is not there, `input` when it cannot run this model
   */
  open(model: LoadedModel, options?: EngineOptions): Promise<Session>;
}

export interface EngineOptions {
  /** Threads of one session; default: what the engine thinks best. */
  readonly threads?: number;
  /** Of ort-cuda: which GPU, as `nvidia-smi` counts them; default: 0. */
  readonly device?: number;
}

/** A model loaded in an engine. */
export interface Session {
  readonly engine: EngineName;
  readonly version: string;
  readonly device: string;
  /** As the engine's, for the device that this session runs on. */
  readonly slow?: boolean;
  readonly model: LoadedModel;
  /** How far it is from the golden samples; undefined where the file has none, or nobody checked. */
  readonly selfTest?: SelfTest;
  /**
   * Calls at the same time are run one after another.
   * @param images `count * height * width * channels` bytes, NHWC, as the model's input spec says
   * @returns probabilities, float32 `[count, classes]`, row by row
   * @throws OnwardError kind `usage`: another number of bytes, or the session was closed
   */
  predict(images: Uint8Array, count: number): Promise<Float32Array>;
  /** Once what is being predicted has been; closing twice is fine. */
  close(): Promise<void>;
}

/** A session against the golden samples of its model. */
export interface SelfTest {
  readonly images: number;
  /** Max |Δp|; Infinity where the engine gave something that is not a number. */
  readonly maxAbsDiff: number;
  readonly tolerance: number;
  /** Which sample differs most, counted from 0. */
  readonly worst: number;
  readonly passed: boolean;
}
