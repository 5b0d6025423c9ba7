import type { InferBody, InferResult, RequestedOutput } from '../protocol/index.js';
import type { CallOptions, Connection } from './connection.js';
import { type InputTensor, packed, type Tensor, unpacked, wrong } from './tensors.js';

export interface InferOptions extends CallOptions {
  /** Which outputs, each by its name, or with so many classes as `value:index:label`; default: all. */
  readonly outputs?: readonly (string | { readonly name: string; readonly classes: number })[] | undefined;
  readonly version?: string | undefined;
  /** Comes back in the answer. */
  readonly id?: string | undefined;
}

export interface Inference {
  readonly model: string;
  readonly version: string;
  readonly id: string | undefined;
  /** By name. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** Where a model is, below the server. */
export const modelPath = (name: string, version?: string) =>
  `/v2/models/${encodeURIComponent(name)}${version === undefined ? '' : `/versions/${encodeURIComponent(version)}`}`;

const headerLength = 'Inference-Header-Content-Length';

/** Tensors to tensors, both as bytes behind the JSON. */
export async function infer(
  connection: Connection,
  model: string,
  inputs: Readonly<Record<string, InputTensor>>,
  { outputs, version, id, ...options }: InferOptions,
): Promise<Inference> {
  const sent = Object.entries(inputs).map(([name, tensor]) => packed(name, tensor));
  const body: InferBody = {
    ...(id !== undefined && { id }),
    inputs: sent.map(({ head }) => head),
    ...(outputs && { outputs: outputs.map(wanted) }),
    parameters: { binary_data_output: true },
  };
  const head = new TextEncoder().encode(JSON.stringify(body));
  const response = await connection.call(
    {
      path: `${modelPath(model, version)}/infer`,
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream', [headerLength]: String(head.length) },
      body: () => new Blob([head, ...sent.map(({ bytes }) => bytes)]),
    },
    options,
  );
  return inferenceOf(new Uint8Array(await response.arrayBuffer()), response.headers.get(headerLength));
}

const wanted = (output: string | { readonly name: string; readonly classes: number }): RequestedOutput =>
  typeof output === 'string' ? { name: output } : { name: output.name, parameters: { classification: output.classes } };

function inferenceOf(bytes: Uint8Array, length: string | null): Inference {
  const split = length === null ? bytes.length : Number(length);
  let result: InferResult;
  try {
    result = JSON.parse(new TextDecoder().decode(bytes.subarray(0, split)));
  } catch {
    throw wrong('it cannot be read');
  }
  let at = split;
  const outputs = (result.outputs ?? []).map((tensor) => {
    const size = tensor.parameters?.binary_data_size as number | undefined;
    if (size === undefined) return unpacked(tensor, undefined);
    if (at + size > bytes.length) throw wrong(`the output "${tensor.name}" ends too early`);
    at += size;
    return unpacked(tensor, bytes.subarray(at - size, at));
  });
  return {
    model: result.model_name,
    version: result.model_version,
    id: result.id,
    outputs: Object.fromEntries(outputs.map((tensor) => [tensor.name, tensor])),
  };
}
