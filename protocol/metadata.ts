import { z } from 'zod';
import { type DataTypeName, dataTypeNames } from './data-types.js';

/** What a model takes or gives under a name. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: DataTypeName;
  /** -1 for a size that is left open. */
  readonly shape: readonly number[];
}

export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Of ours: `labels`, `digest`, `precision`, `engine`, `device`, and how it is run now. */
  readonly parameters: { readonly [name: string]: unknown };
}

export interface ModelReady {
  readonly name: string;
  readonly ready: boolean;
}

export const tensorSpecSchema: z.ZodType<TensorSpec> = z
  .object({
    name: z.string(),
    datatype: z.enum(dataTypeNames),
    shape: z.array(z.int().min(-1)).meta({ description: '-1 for a size that is left open' }),
  })
  .meta({ description: 'what a model takes or gives under a name' });

export const serverMetadataSchema: z.ZodType<ServerMetadata> = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({ description: 'the server' });

export const modelMetadataSchema: z.ZodType<ModelMetadata> = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorSpecSchema),
    outputs: z.array(tensorSpecSchema),
    parameters: z
      .record(z.string(), z.unknown())
      .meta({ description: 'labels, digest, precision, engine, device, and how it is run now' }),
  })
  .meta({ description: 'a model: what it takes and gives' });

export const modelReadySchema: z.ZodType<ModelReady> = z
  .object({ name: z.string(), ready: z.boolean() })
  .meta({ description: 'whether a model can answer' });
