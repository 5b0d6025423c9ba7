import { z } from 'zod';
import { type DataTypeName, dataTypeNames } from './data-types.js';

type Parameters = { readonly [name: string]: string | number | boolean };

/** A tensor of a request or an answer: with `data`, or with `binary_data_size` and its bytes after the JSON. */
export interface SentTensor {
  readonly name: string;
  readonly datatype: DataTypeName;
  readonly shape: readonly number[];
  readonly data?: readonly unknown[];
  readonly parameters?: Parameters;
}

export interface RequestedOutput {
  readonly name: string;
  /** `classification`: so many classes in words; `binary_data`: as bytes after the JSON. */
  readonly parameters?: Parameters;
}

/** The JSON of an inference request. */
export interface InferBody {
  readonly id?: string;
  readonly inputs: readonly SentTensor[];
  readonly outputs?: readonly RequestedOutput[];
  /** `binary_data_output`: every output as bytes after the JSON. */
  readonly parameters?: Parameters;
}

/** The JSON of its answer. */
export interface InferResult {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly outputs: readonly SentTensor[];
}

const parameters: z.ZodType<Parameters> = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const sentTensorSchema: z.ZodType<SentTensor> = z
  .object({
    name: z.string(),
    datatype: z.enum(dataTypeNames),
    shape: z.array(z.int().min(0)),
    data: z
      .array(z.unknown())
      .exactOptional()
      .meta({ description: 'row by row, flat or in lists as the shape says; strings for BYTES' }),
    parameters: parameters
      .exactOptional()
      .meta({ description: '`binary_data_size`: so many bytes after the JSON in place of `data`' }),
  })
  .meta({ description: 'a tensor' });

const requestedOutput: z.ZodType<RequestedOutput> = z.looseObject({
  name: z.string(),
  parameters: parameters.exactOptional().meta({
    description: '`classification`: so many classes as `value:index:label`; `binary_data`: as bytes after the JSON',
  }),
});

export const inferBodySchema: z.ZodType<InferBody> = z
  .looseObject({
    id: z.string().exactOptional().meta({ description: 'comes back in the answer' }),
    inputs: z.array(sentTensorSchema).min(1),
    outputs: z.array(requestedOutput).exactOptional().meta({ description: 'default: all' }),
    parameters: parameters
      .exactOptional()
      .meta({ description: '`binary_data_output`: every output as bytes after the JSON' }),
  })
  .meta({ description: 'tensors in' });

export const inferResultSchema: z.ZodType<InferResult> = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().exactOptional(),
    outputs: z.array(sentTensorSchema),
  })
  .meta({ description: 'tensors out' });
