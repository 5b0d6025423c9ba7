import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { InputTensor, ServedModel } from '../models/index.js';
import { elementsOf, isDataType, shapeText, type TensorSpec } from '../tensors/index.js';
import { binaryData } from './binary.js';
import { jsonData } from './json-data.js';
import { parseWithNumbers } from './quick-json.js';
import { quote } from './quote.js';

/** An output that a request wants, and how. */
export interface WantedOutput {
  readonly name: string;
  /** After the JSON, as the bytes that it is. */
  readonly binary: boolean;
  /** So many classes in words instead of the numbers; 0: the numbers. */
  readonly classes: number;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly inputs: readonly InputTensor[];
  readonly outputs: readonly WantedOutput[];
}

type Json = { readonly [key: string]: unknown };

const bad = (message: string) => new OnwardError('input', message);
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/**
 * Reads an inference request of the Open Inference Protocol.
 * @param headerLength the header `Inference-Header-Content-Length`: so many bytes are JSON, the rest binary tensors
 * @throws OnwardError kind `input` that says what was expected and what came, `size` for more than `maxRows` rows
 */
export function readInferRequest(
  body: Uint8Array,
  headerLength: string | undefined,
  model: Pick<ServedModel, 'name' | 'inputs' | 'outputs' | 'batched'>,
  maxRows: number,
): InferRequest {
  const split = splitAt(body, headerLength);
  const request = parseJson(body.subarray(0, split));
  const { id } = request;
  if (id !== undefined && typeof id !== 'string') throw bad(`expected "id" to be a string, got ${quote(id)}`);
  const parameters = parametersOf(request, 'the request');
  return {
    id,
    inputs: readInputs(request.inputs, body.subarray(split), model, maxRows),
    outputs: readOutputs(request.outputs, model.outputs, flag(parameters, 'binary_data_output') ?? false),
  };
}

function splitAt(body: Uint8Array, headerLength: string | undefined): number {
  if (headerLength === undefined) return body.length;
  const length = /^\d{1,15}$/.test(headerLength.trim()) ? Number(headerLength) : Number.NaN;
  if (!(length <= body.length)) {
    throw bad(
      `expected Inference-Header-Content-Length to be a number of bytes up to the ${body.length} of the body, got ${quote(headerLength)}`,
    );
  }
  return length;
}

function parseJson(bytes: Uint8Array): Json {
  if (bytes.length === 0) throw bad('expected an inference request as JSON, got an empty body');
  let value: unknown;
  try {
    value = parseWithNumbers(bytes);
  } catch (cause) {
    throw new OnwardError(
      'input',
      `expected an inference request as JSON, but it cannot be read (${messageOf(cause).slice(0, 120)})`,
      { cause },
    );
  }
  if (!isObject(value)) throw bad(`expected an inference request as a JSON object with "inputs", got ${quote(value)}`);
  return value;
}

function parametersOf(of: Json, where: string): Json {
  const { parameters } = of;
  if (parameters === undefined || parameters === null) return {};
  if (!isObject(parameters)) throw bad(`expected "parameters" of ${where} to be an object, got ${quote(parameters)}`);
  for (const [name, value] of Object.entries(parameters)) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw bad(
        `expected the parameter ${quote(name)} of ${where} to be a string, number or boolean, got ${quote(value)}`,
      );
    }
  }
  if ('shared_memory_region' in parameters) {
    throw bad(
      `${where} asks for shared memory, which this server does not have; send the tensor as JSON or binary data`,
    );
  }
  return parameters;
}

function flag(parameters: Json, name: string): boolean | undefined {
  const value = parameters[name];
  if (value !== undefined && typeof value !== 'boolean')
    throw bad(`expected "${name}" to be true or false, got ${quote(value)}`);
  return value;
}

function count(parameters: Json, name: string, least: number, where: string): number | undefined {
  const value = parameters[name];
  if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= least)) {
    throw bad(`expected "${name}" of ${where} to be a whole number from ${least} up, got ${quote(value)}`);
  }
  return value as number | undefined;
}

/** The entries of a list by name, each known and none twice. */
function named(list: unknown, what: 'inputs' | 'outputs', specs: readonly TensorSpec[]): Map<string, Json> {
  if (!Array.isArray(list)) throw bad(`expected "${what}" to be a list, got ${quote(list)}`);
  const found = new Map<string, Json>();
  for (const entry of list) {
    if (!isObject(entry)) throw bad(`expected each of "${what}" to be an object, got ${quote(entry)}`);
    const { name } = entry;
    if (typeof name !== 'string' || !specs.some((spec) => spec.name === name)) {
      throw bad(
        `expected "${what}" by the names ${specs.map((spec) => quote(spec.name)).join(', ')}, got ${quote(name)}`,
      );
    }
    if (found.has(name)) throw bad(`expected each of "${what}" once, got ${quote(name)} twice`);
    found.set(name, entry);
  }
  return found;
}

function readInputs(
  list: unknown,
  binary: Uint8Array,
  { inputs: specs, batched, name: model }: Pick<ServedModel, 'inputs' | 'batched' | 'name'>,
  maxRows: number,
): InputTensor[] {
  const given = named(list, 'inputs', specs);
  let offset = 0;
  const read = new Map<string, InputTensor>();
  for (const [name, entry] of given) {
    const spec = specs.find((one) => one.name === name)!;
    const where = `the input ${quote(name)}`;
    const { datatype } = entry;
    if (!isDataType(datatype) || datatype !== spec.datatype) {
      throw bad(`expected ${where} as ${spec.datatype}, got ${quote(datatype)}`);
    }
    const shape = readShape(entry.shape, spec, where);
    const elements = elementsOf(shape);
    const size = count(parametersOf(entry, where), 'binary_data_size', 0, where);
    if (size === undefined) {
      const data = jsonData(entry.data, { name, datatype, shape }, where);
      read.set(name, { name, datatype, shape, data });
      continue;
    }
    if (entry.data !== undefined) throw bad(`expected ${where} either as "data" or as binary data, got both`);
    if (offset + size > binary.length) {
      throw bad(`expected ${size} bytes of binary data for ${where}, got ${binary.length - offset} after the JSON`);
    }
    const data = binaryData(binary.subarray(offset, offset + size), datatype, elements, where);
    read.set(name, { name, datatype, shape, data });
    offset += size;
  }
  if (offset !== binary.length) {
    throw bad(
      `expected ${offset} bytes of binary data after the JSON, as "binary_data_size" says in all, got ${binary.length}`,
    );
  }
  const inputs = specs.map(({ name, datatype, shape }) => {
    const input = read.get(name);
    if (!input)
      throw bad(`expected the input ${quote(name)} (${datatype} ${shapeText(shape)}) of the model ${model}, got none`);
    return input;
  });
  const rows = inputs[0]!.shape[0]!;
  const other = batched && inputs.find(({ shape }) => shape[0] !== rows);
  if (other) {
    throw bad(
      `expected the same number of rows in every input, got ${rows} in ${quote(inputs[0]!.name)} and ${other.shape[0]} in ${quote(other.name)}`,
    );
  }
  if (batched && rows > maxRows) {
    throw new OnwardError('size', `expected at most ${maxRows} rows in one request, got ${rows}; send fewer at once`);
  }
  return inputs;
}

function readShape(value: unknown, spec: TensorSpec, where: string): number[] {
  const fits =
    Array.isArray(value) &&
    value.length === spec.shape.length &&
    value.every((size, i) => Number.isSafeInteger(size) && size >= 1 && (spec.shape[i]! < 0 || spec.shape[i] === size));
  if (!fits || elementsOf(value as number[]) > Number.MAX_SAFE_INTEGER) {
    throw bad(
      `expected the shape ${shapeText(spec.shape)} for ${where} (-1 is any size from 1 up), got ${quote(value)}`,
    );
  }
  return value as number[];
}

function readOutputs(list: unknown, specs: readonly TensorSpec[], binaryByDefault: boolean): WantedOutput[] {
  if (list === undefined || (Array.isArray(list) && list.length === 0)) {
    return specs.map(({ name }) => ({ name, binary: binaryByDefault, classes: 0 }));
  }
  return [...named(list, 'outputs', specs)].map(([name, entry]) => {
    const where = `the output ${quote(name)}`;
    const parameters = parametersOf(entry, where);
    const classes = count(parameters, 'classification', 0, where) ?? 0;
    const { datatype } = specs.find((one) => one.name === name)!;
    if (classes > 0 && (datatype === 'BYTES' || datatype === 'BOOL')) {
      throw bad(`expected "classification" of an output with numbers, got it for ${where} of ${datatype}`);
    }
    return { name, binary: flag(parameters, 'binary_data') ?? binaryByDefault, classes };
  });
}
