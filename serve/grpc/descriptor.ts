/** How a message is written: the JSON that protobufjs and proto-loader read, too. */
export interface MessageType {
  readonly fields: { readonly [name: string]: Field };
  readonly oneofs?: { readonly [name: string]: { readonly oneof: readonly string[] } };
}

export interface Field {
  readonly id: number;
  /** A scalar type, or the name of a message. */
  readonly type: string;
  readonly rule?: 'repeated';
  /** Of a map, whose values are `type`. */
  readonly keyType?: 'string';
  /** A lazy message stays as its bytes until somebody needs it. */
  readonly options?: { readonly lazy: true };
}

export interface Package {
  readonly [name: string]: MessageType;
}

const one = (id: number, type: string): Field => ({ id, type });
const many = (id: number, type: string): Field => ({ id, type, rule: 'repeated' });
const mapOf = (id: number, type: string): Field => ({ id, type, keyType: 'string' });
const empty: MessageType = { fields: {} };

const tensor = { name: one(1, 'string'), datatype: one(2, 'string'), shape: many(3, 'int64') };
const ofModel: MessageType = { fields: { name: one(1, 'string'), version: one(2, 'string') } };
/** Numbers in a tensor may be millions: they are read once its type is known. */
const contents: Field = { id: 5, type: 'InferTensorContents', options: { lazy: true } };
const control: MessageType = {
  fields: {
    repository_name: one(1, 'string'),
    model_name: one(2, 'string'),
    parameters: mapOf(3, 'ModelRepositoryParameter'),
  },
};

/**
 * The package `inference`, by the specification: the service's core
 * (https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/open_inference_grpc.proto) and its extension
 * for model repositories
 * (https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md#grpc).
 */
export const inference = {
  ServerLiveRequest: empty,
  ServerLiveResponse: { fields: { live: one(1, 'bool') } },
  ServerReadyRequest: empty,
  ServerReadyResponse: { fields: { ready: one(1, 'bool') } },
  ModelReadyRequest: ofModel,
  ModelReadyResponse: { fields: { ready: one(1, 'bool') } },
  ServerMetadataRequest: empty,
  ServerMetadataResponse: {
    fields: { name: one(1, 'string'), version: one(2, 'string'), extensions: many(3, 'string') },
  },
  ModelMetadataRequest: ofModel,
  TensorMetadata: { fields: tensor },
  ModelMetadataResponse: {
    fields: {
      name: one(1, 'string'),
      versions: many(2, 'string'),
      platform: one(3, 'string'),
      inputs: many(4, 'TensorMetadata'),
      outputs: many(5, 'TensorMetadata'),
    },
  },
  InferParameter: {
    fields: {
      bool_param: one(1, 'bool'),
      int64_param: one(2, 'int64'),
      string_param: one(3, 'string'),
      double_param: one(4, 'double'),
      uint64_param: one(5, 'uint64'),
    },
    oneofs: {
      parameter_choice: { oneof: ['bool_param', 'int64_param', 'string_param', 'double_param', 'uint64_param'] },
    },
  },
  InferTensorContents: {
    fields: {
      bool_contents: many(1, 'bool'),
      int_contents: many(2, 'int32'),
      int64_contents: many(3, 'int64'),
      uint_contents: many(4, 'uint32'),
      uint64_contents: many(5, 'uint64'),
      fp32_contents: many(6, 'float'),
      fp64_contents: many(7, 'double'),
      bytes_contents: many(8, 'bytes'),
    },
  },
  InferInputTensor: { fields: { ...tensor, parameters: mapOf(4, 'InferParameter'), contents } },
  InferRequestedOutputTensor: { fields: { name: one(1, 'string'), parameters: mapOf(2, 'InferParameter') } },
  ModelInferRequest: {
    fields: {
      model_name: one(1, 'string'),
      model_version: one(2, 'string'),
      id: one(3, 'string'),
      parameters: mapOf(4, 'InferParameter'),
      inputs: many(5, 'InferInputTensor'),
      outputs: many(6, 'InferRequestedOutputTensor'),
      raw_input_contents: many(7, 'bytes'),
    },
  },
  InferOutputTensor: { fields: { ...tensor, parameters: mapOf(4, 'InferParameter'), contents } },
  ModelInferResponse: {
    fields: {
      model_name: one(1, 'string'),
      model_version: one(2, 'string'),
      id: one(3, 'string'),
      parameters: mapOf(4, 'InferParameter'),
      outputs: many(5, 'InferOutputTensor'),
      raw_output_contents: many(6, 'bytes'),
    },
  },
  ModelRepositoryParameter: {
    fields: {
      bool_param: one(1, 'bool'),
      int64_param: one(2, 'int64'),
      string_param: one(3, 'string'),
      bytes_param: one(4, 'bytes'),
    },
    oneofs: { parameter_choice: { oneof: ['bool_param', 'int64_param', 'string_param', 'bytes_param'] } },
  },
  RepositoryIndexRequest: { fields: { repository_name: one(1, 'string'), ready: one(2, 'bool') } },
  ModelIndex: {
    fields: { name: one(1, 'string'), version: one(2, 'string'), state: one(3, 'string'), reason: one(4, 'string') },
  },
  RepositoryIndexResponse: { fields: { models: many(1, 'ModelIndex') } },
  RepositoryModelLoadRequest: control,
  RepositoryModelLoadResponse: empty,
  RepositoryModelUnloadRequest: control,
  RepositoryModelUnloadResponse: empty,
} satisfies Package;

/** The package `grpc.health.v1`, which load balancers ask: https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
export const health = {
  HealthCheckRequest: { fields: { service: one(1, 'string') } },
  /** 1: SERVING, 2: NOT_SERVING; the enum is a number. */
  HealthCheckResponse: { fields: { status: one(1, 'int32') } },
} satisfies Package;
