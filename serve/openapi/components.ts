import { z } from 'zod';
import {
  answerSchema,
  chanceSchema,
  errorSchema,
  healthSchema,
  indexBodySchema,
  indexEntrySchema,
  inferBodySchema,
  inferResultSchema,
  loadBodySchema,
  modelMetadataSchema,
  modelReadySchema,
  sentTensorSchema,
  serverMetadataSchema,
  tensorSpecSchema,
} from '../../protocol/index.js';

/** Schemas that have a name in the description. */
const named: { readonly [name: string]: z.ZodType } = {
  Answer: answerSchema,
  Chance: chanceSchema,
  Error: errorSchema,
  Health: healthSchema,
  IndexRequest: indexBodySchema,
  IndexEntry: indexEntrySchema,
  InferRequest: inferBodySchema,
  InferResponse: inferResultSchema,
  LoadRequest: loadBodySchema,
  ModelMetadata: modelMetadataSchema,
  ModelReady: modelReadySchema,
  Tensor: sentTensorSchema,
  ServerMetadata: serverMetadataSchema,
  TensorSpec: tensorSpecSchema,
};

export type JsonSchema = { readonly [key: string]: unknown };

const names = new Map(Object.entries(named).map(([name, schema]) => [schema, name]));
const uri = (name: string) => `#/components/schemas/${name}`;

/** Every schema with a name, as JSON Schema 2020-12, which is what OpenAPI 3.1 takes. */
export function componentSchemas(): { readonly [name: string]: JsonSchema } {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(named)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, { uri, unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, plain(schema)]));
}

/** By reference where it has a name, also as the elements of a list; else in place. */
export function schemaOf(schema: z.ZodType): JsonSchema {
  const name = names.get(schema);
  if (name !== undefined) return { $ref: uri(name) };
  if (schema instanceof z.ZodArray) return { type: 'array', items: schemaOf(schema.element as z.ZodType) };
  if (schema instanceof z.ZodUnion) {
    return { anyOf: schema.options.map((option) => schemaOf(option as z.ZodType)) };
  }
  return plain(z.toJSONSchema(schema, { unrepresentable: 'any' }));
}

/** Without what names a document of its own, and without the limits that every whole number has in JSON. */
function plain(schema: object): JsonSchema {
  const text = JSON.stringify(schema, (key, value) =>
    key === '$schema' || key === '$id' || Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value,
  );
  return JSON.parse(text);
}
