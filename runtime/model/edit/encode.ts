import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf';
import type { Initializer } from '../graph.js';
import type { Metadata } from '../metadata.js';
import { field, join, type Pieces } from '../pieces.js';
import { initializerPieces, producerName } from '../protobuf.js';
import { sealed } from '../seal.js';

/** A weight as it is; its numbers stay where they are. */
function tensorPieces(tensor: TensorProto): Pieces {
  if (tensor.rawData.length === 0)
    return field(GraphProtoSchema.field.initializer, [toBinary(TensorProtoSchema, tensor)]);
  return field(GraphProtoSchema.field.initializer, [
    toBinary(TensorProtoSchema, { ...tensor, rawData: new Uint8Array() }),
    ...field(TensorProtoSchema.field.rawData, [tensor.rawData]),
  ]);
}

/**
 * The bytes of an ONNX file that was decoded and changed: like protobuf's own, but each weight is copied once.
 * @param more weights beside those that it has
 * @throws OnwardError kind `input` for a file of 2 GiB or more
 */
export function encodeProto(model: ModelProto, more: readonly Initializer[] = []): Uint8Array<ArrayBuffer> {
  const { graph = create(GraphProtoSchema), metadataProps } = model;
  return join([
    toBinary(ModelProtoSchema, { ...model, graph: create(GraphProtoSchema), metadataProps: [] }),
    ...field(ModelProtoSchema.field.graph, [
      toBinary(GraphProtoSchema, { ...graph, initializer: [] }),
      ...graph.initializer.flatMap(tensorPieces),
      ...more.flatMap(initializerPieces),
    ]),
    // Last, as the digest of a sealed file is looked for from its end.
    toBinary(ModelProtoSchema, create(ModelProtoSchema, { metadataProps })),
  ]);
}

/**
 * An ONNX file, whoever wrote its graph, with our metadata and digests.
 * @param more weights beside those that it has
 */
export function sealProto(
  model: ModelProto,
  metadata: Metadata,
  producerVersion: string,
  more: readonly Initializer[] = [],
): Uint8Array<ArrayBuffer> {
  const theirs = (model.graph?.initializer ?? []).map(({ name, rawData }) => ({ name, bytes: rawData }));
  return sealed(metadata, [...theirs, ...more], (entries) => {
    const metadataProps = entries.map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
    return encodeProto({ ...model, producerName, producerVersion, docString: '', metadataProps }, more);
  });
}
