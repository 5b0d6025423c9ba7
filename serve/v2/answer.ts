import { HTTPException } from 'hono/http-exception';
import type { ServedModel } from '../models/index.js';
import type { Tensor } from '../tensors/index.js';
import { toBinary } from './binary.js';
import { classified } from './classification.js';
import { numbersOf } from './numbers.js';
import type { InferRequest } from './request.js';

export interface InferAnswer {
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** So many of its bytes are JSON, where binary data are behind. */
  readonly jsonBytes?: number;
}

/**
 * The answer to an inference request: JSON, with the outputs that were asked for as binary data behind it.
 * @param tensors in the order of the wanted outputs
 * @throws HTTPException 422 for numbers that JSON has no words for
 */
export function inferAnswer(
  { name, version, classifier }: Pick<ServedModel, 'name' | 'version' | 'classifier'>,
  { id, outputs }: InferRequest,
  tensors: readonly Tensor[],
): InferAnswer {
  const binary: Uint8Array[] = [];
  const described = outputs.map((wanted, i) => {
    const given = tensors[i]!;
    const isOwn = given.name === classifier?.output.name || given.name === 'probabilities';
    const tensor =
      wanted.classes > 0 ? classified(given, wanted.classes, isOwn ? classifier?.labels : undefined) : given;
    const head = `"name":${JSON.stringify(tensor.name)},"datatype":"${tensor.datatype}","shape":[${tensor.shape}]`;
    if (!wanted.binary) return `{${head},"data":${jsonOf(tensor)}}`;
    const bytes = toBinary(tensor.data);
    binary.push(bytes);
    return `{${head},"parameters":{"binary_data_size":${bytes.length}}}`;
  });
  const about = `"model_name":${JSON.stringify(name)},"model_version":${JSON.stringify(version)}`;
  const named = id === undefined ? '' : `,"id":${JSON.stringify(id)}`;
  const json = `{${about}${named},"outputs":[${described.join()}]}`;
  if (binary.length === 0) return { body: json };
  const first = Buffer.from(json);
  return { body: Buffer.concat([first, ...binary]), jsonBytes: first.length };
}

/** Flat and in row-major order. */
function jsonOf(tensor: Tensor): string {
  if (!(tensor.data instanceof Uint8Array)) return JSON.stringify(tensor.data);
  const numbers = numbersOf(tensor);
  if (tensor.datatype === 'BOOL') return `[${Array.from(numbers as Uint8Array, (value) => value !== 0)}]`;
  if (numbers instanceof Float32Array || numbers instanceof Float64Array) {
    for (let i = 0; i < numbers.length; i++) {
      if (Number.isFinite(numbers[i])) continue;
      throw new HTTPException(422, {
        message: `the output "${tensor.name}" holds ${numbers[i]} at ${i}, which JSON cannot say; ask for it as binary data`,
      });
    }
  }
  return `[${numbers.join()}]`;
}
