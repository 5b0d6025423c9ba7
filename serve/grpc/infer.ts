import { OnwardError } from '../../runtime/common/index.js';
import { quote } from '../v2/index.js';
import type { Message } from './codec.js';
import { contentsBytes } from './contents.js';
import type { Body, Method, Reply } from './method.js';
import { parametersOf } from './parameters.js';
import { modelPath } from './path.js';

interface InferRequest {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters: ReadonlyMap<string, Message>;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly parameters: ReadonlyMap<string, Message>;
    /** An `InferTensorContents` as it came. */
    readonly contents?: Uint8Array;
  }[];
  readonly outputs: readonly { readonly name: string; readonly parameters: ReadonlyMap<string, Message> }[];
  readonly raw_input_contents: readonly Uint8Array[];
}

/** The request as REST has it, every tensor as binary data, in both directions. */
export const modelInfer: Method = {
  name: 'ModelInfer',
  request: 'ModelInferRequest',
  response: 'ModelInferResponse',
  ask(message, maxBytes) {
    const request = message as unknown as InferRequest;
    return {
      method: 'POST',
      path: modelPath(request.model_name, request.model_version, 'infer'),
      body: () => inferBody(request, maxBytes),
    };
  },
  answer: inferResponse,
};

function inferBody({ id, parameters, inputs, outputs, raw_input_contents: raw }: InferRequest, maxBytes: number): Body {
  let left = maxBytes;
  const typed = (input: InferRequest['inputs'][number]) => {
    const bytes = typedData(input, left);
    left -= bytes?.length ?? 0;
    return bytes;
  };
  const data = raw.length > 0 ? rawData(inputs, raw) : inputs.map(typed);
  const json = {
    ...(id !== '' && { id }),
    parameters: { ...parametersOf(parameters), binary_data_output: true },
    inputs: inputs.map(({ name, datatype, shape, parameters: own }, i) => ({
      ...{ name, datatype, shape },
      parameters: { ...parametersOf(own), ...(data[i] && { binary_data_size: data[i].length }) },
    })),
    outputs: outputs.map(({ name, parameters: own }) => ({
      name,
      parameters: { ...parametersOf(own), binary_data: true },
    })),
  };
  const head = Buffer.from(JSON.stringify(json));
  return { bytes: Buffer.concat([head, ...data.filter((bytes) => bytes !== undefined)]), head: head.length };
}

function rawData(inputs: InferRequest['inputs'], raw: readonly Uint8Array[]): readonly (Uint8Array | undefined)[] {
  const typed = inputs.find(({ contents }) => contents && contents.length > 0);
  if (typed) {
    throw new OnwardError(
      'input',
      `expected every tensor either in raw_input_contents or in its contents, got both, and contents of ${quote(typed.name)}`,
    );
  }
  // Who asks for shared memory is told that there is none, which needs no data.
  const shared = inputs.some(({ parameters }) => parameters.has('shared_memory_region'));
  if (raw.length !== inputs.length && !shared) {
    throw new OnwardError(
      'input',
      `expected as many raw_input_contents as inputs, ${inputs.length}, got ${raw.length}`,
    );
  }
  return raw.slice(0, inputs.length);
}

/** None for a tensor without contents: it may be that nobody knows its name, which is said first. */
function typedData({ name, datatype, contents, parameters }: InferRequest['inputs'][number], maxBytes: number) {
  if (!contents && parameters.has('shared_memory_region')) return undefined;
  return contentsBytes(contents ?? new Uint8Array(0), datatype, `the input ${quote(name)}`, maxBytes);
}

interface InferAnswer {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly outputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly parameters: { readonly binary_data_size: number };
  }[];
}

function inferResponse({ bytes, head }: Reply): Message {
  const { outputs, ...about } = JSON.parse(Buffer.from(bytes.subarray(0, head)).toString()) as InferAnswer;
  let at = head;
  return {
    ...about,
    outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    raw_output_contents: outputs.map(({ parameters }) => {
      const begin = at;
      at += parameters.binary_data_size;
      return bytes.subarray(begin, at);
    }),
  };
}
