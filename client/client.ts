import type { Answer, Health, IndexEntry, ModelMetadata, ServerMetadata } from '../protocol/index.js';
import {
  type ClassifyOptions,
  classifyMany,
  classifyOne,
  type ExplainedAnswer,
  type ExplainOptions,
  explainOne,
  type FullAnswer,
  type Image,
  type TopAnswer,
} from './classify.js';
import { type CallOptions, type ConnectionOptions, connect } from './connection.js';
import { type Inference, type InferOptions, infer, modelPath } from './infer.js';
import { RequestError } from './request-error.js';
import type { InputTensor } from './tensors.js';

type WithTop = ClassifyOptions & { readonly top: number };
type WithoutTop = ClassifyOptions & { readonly top?: undefined };

/** Asks a server. Every call throws `RequestError`, or what its signal was aborted with. */
export interface Client {
  /** One image: every class, or with `top` so many of the likeliest. */
  classify(image: Image, options: WithTop): Promise<TopAnswer>;
  classify(image: Image, options?: WithoutTop): Promise<FullAnswer>;
  /** Many: sent several at a time, answered in their order. One that is no image fails the call. */
  classify(images: readonly Image[], options: WithTop): Promise<TopAnswer[]>;
  classify(images: readonly Image[], options?: WithoutTop): Promise<FullAnswer[]>;
  /** One image, with a picture of what counts for a class in it. */
  explain(image: Image, options?: ExplainOptions): Promise<ExplainedAnswer>;
  /** Tensors to tensors, by the Open Inference Protocol, as bytes. */
  infer(model: string, inputs: Readonly<Record<string, InputTensor>>, options?: InferOptions): Promise<Inference>;
  health(options?: CallOptions): Promise<Health>;
  /** Whether the server, or one of its models, can answer. Asks once; not being reached is a no as well. */
  ready(model?: string, options?: CallOptions): Promise<boolean>;
  /** The server, or one of its models: what it takes and gives. */
  metadata(options?: CallOptions): Promise<ServerMetadata>;
  metadata(model: string, options?: CallOptions & { readonly version?: string }): Promise<ModelMetadata>;
  /** Every model of the server. */
  models(options?: CallOptions): Promise<IndexEntry[]>;
}

/** @throws TypeError for an address that is none */
export function createClient(options: ConnectionOptions): Client {
  const connection = connect(options);
  const impatient = connect({ ...options, retries: 0 });
  return {
    classify: (async (given: Image | readonly Image[], own: ClassifyOptions = {}): Promise<Answer | Answer[]> =>
      Array.isArray(given)
        ? classifyMany(connection, given, own)
        : classifyOne(connection, given as Image, own)) as Client['classify'],
    explain: (image, own = {}) => explainOne(connection, image, own),
    infer: (model, inputs, own = {}) => infer(connection, model, inputs, own),
    health: (own) => connection.json({ path: '/health' }, own),
    async ready(model, own) {
      const path = model === undefined ? '/v2/health/ready' : `${modelPath(model)}/ready`;
      try {
        await impatient.call({ path }, own);
        return true;
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        // A key that is refused says nothing of the model.
        if (error.status === 401 || error.status === 403) throw error;
        return false;
      }
    },
    metadata: ((first?: string | CallOptions, own: CallOptions & { version?: string } = {}) =>
      typeof first === 'string'
        ? connection.json({ path: modelPath(first, own.version) }, own)
        : connection.json({ path: '/v2' }, first)) as Client['metadata'],
    models: (own) => connection.json({ path: '/v2/repository/index', method: 'POST' }, own),
  };
}
