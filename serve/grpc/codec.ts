import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { Field, MessageType, Package } from './descriptor.js';

/** Fields by their names. Without a value: scalars at their default, lists and maps empty, messages and members of a oneof not there. */
export type Message = { readonly [name: string]: unknown };

/** Fields of one message with those inside it: an empty tensor takes two bytes, and as an object a hundred times that. */
const maxFields = 10_000;

interface Known extends Field {
  readonly name: string;
}

interface Compiled {
  readonly fields: readonly Known[];
  readonly byId: ReadonlyMap<number, Known>;
  /** Names of the members of a oneof: at most the last one that came is there. */
  readonly choices: ReadonlySet<string>;
}

const wireTypes: Readonly<Record<string, WireType>> = {
  bool: WireType.Varint,
  int32: WireType.Varint,
  int64: WireType.Varint,
  uint64: WireType.Varint,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
};
const defaults: Readonly<Record<string, unknown>> = {
  bool: false,
  int32: 0,
  int64: 0,
  uint64: 0,
  double: 0,
  string: '',
  bytes: new Uint8Array(0),
};

export interface Codec {
  /**
   * What fields it does not know it leaves out. 64-bit integers are numbers: beyond 2^53 they are rounded.
   * @throws OnwardError kind `input` for bytes that are no such message, `size` for more than 10,000 fields
   */
  decode(type: string, bytes: Uint8Array): Message;
  encode(type: string, message: Message): Buffer;
}

/** Reads and writes the messages of a package, in the wire format of Protocol Buffers. */
export function createCodec(types: Package): Codec {
  const compiled = new Map(Object.entries(types).map(([name, type]) => [name, compile(type)]));

  function read(type: string, bytes: Uint8Array, budget: { left: number }): Message {
    const { fields, byId, choices } = compiled.get(type)!;
    const message: Record<string, unknown> = {};
    for (const field of fields) {
      if (field.keyType) message[field.name] = new Map();
      else if (field.rule) message[field.name] = [];
      else if (field.type in defaults && !choices.has(field.name)) message[field.name] = defaults[field.type];
    }
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [id, wireType] = reader.tag();
      spend(budget);
      const field = byId.get(id);
      const packed = field?.rule && wireType === WireType.LengthDelimited && wireTypes[field.type] !== wireType;
      if (
        !field ||
        (wireType !== (wireTypes[field.type] ?? WireType.LengthDelimited) && !(packed && isScalar(field)))
      ) {
        reader.skip(wireType, id);
      } else if (packed && isScalar(field)) {
        const inner = new BinaryReader(reader.bytes());
        while (inner.pos < inner.len) {
          spend(budget);
          (message[field.name] as unknown[]).push(scalar(inner, field.type));
        }
      } else if (field.keyType) {
        const [key, value] = entry(reader.bytes(), field.type, budget);
        (message[field.name] as Map<string, unknown>).set(key, value);
      } else {
        const value =
          isScalar(field) || field.options?.lazy
            ? scalar(reader, isScalar(field) ? field.type : 'bytes')
            : read(field.type, reader.bytes(), budget);
        if (field.rule) (message[field.name] as unknown[]).push(value);
        else {
          if (choices.has(field.name)) for (const other of choices) delete message[other];
          message[field.name] = value;
        }
      }
    }
    return message;
  }

  /** A map is a list of messages with a key (1) and a value (2). */
  function entry(bytes: Uint8Array, type: string, budget: { left: number }): [string, Message] {
    const reader = new BinaryReader(bytes);
    let key = '';
    let value = new Uint8Array(0);
    while (reader.pos < reader.len) {
      const [id, wireType] = reader.tag();
      spend(budget);
      if (id === 1 && wireType === WireType.LengthDelimited) key = reader.string(true);
      else if (id === 2 && wireType === WireType.LengthDelimited) value = reader.bytes() as Uint8Array<ArrayBuffer>;
      else reader.skip(wireType, id);
    }
    return [key, read(type, value, budget)];
  }

  function write(writer: BinaryWriter, type: string, message: Message): void {
    for (const field of compiled.get(type)!.fields) {
      const value = message[field.name];
      if (value === undefined) continue;
      if (field.rule) for (const item of value as unknown[]) writeOne(writer, field, item);
      else if (value !== defaults[field.type]) writeOne(writer, field, value);
    }
  }

  function writeOne(writer: BinaryWriter, { id, type }: Known, value: unknown): void {
    writer.tag(id, wireTypes[type] ?? WireType.LengthDelimited);
    if (type === 'string') writer.string(value as string);
    else if (type === 'bytes') writer.bytes(value as Uint8Array);
    else if (type === 'bool') writer.bool(value as boolean);
    else if (type === 'int32') writer.int32(value as number);
    else if (type === 'int64') writer.int64(value as number);
    else {
      writer.fork();
      write(writer, type, value as Message);
      writer.join();
    }
  }

  return {
    decode(type, bytes) {
      try {
        return read(type, bytes, { left: maxFields });
      } catch (cause) {
        if (cause instanceof OnwardError) throw cause;
        throw new OnwardError('input', `expected a ${type}, but the message cannot be read (${messageOf(cause)})`, {
          cause,
        });
      }
    },
    encode(type, message) {
      const writer = new BinaryWriter();
      write(writer, type, message);
      const bytes = writer.finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    },
  };
}

const isScalar = ({ type }: Field) => type in wireTypes;

function compile({ fields, oneofs = {} }: MessageType): Compiled {
  const list = Object.entries(fields).map(([name, field]) => ({ ...field, name }));
  return {
    fields: list,
    byId: new Map(list.map((field) => [field.id, field])),
    choices: new Set(Object.values(oneofs).flatMap(({ oneof }) => oneof)),
  };
}

function spend(budget: { left: number }): void {
  if (--budget.left < 0) {
    throw new OnwardError(
      'size',
      `expected at most ${maxFields} fields in one message, got more; tensors' data is one field each`,
    );
  }
}

function scalar(reader: BinaryReader, type: string): unknown {
  switch (type) {
    case 'string':
      return reader.string(true);
    case 'bytes':
      return reader.bytes();
    case 'bool':
      return reader.bool();
    case 'double':
      return reader.double();
    case 'uint64':
      return Number(reader.uint64());
    case 'int32':
      return reader.int32();
    default:
      return Number(reader.int64());
  }
}
