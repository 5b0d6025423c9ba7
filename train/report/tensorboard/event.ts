import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** One event of TensorBoard. Field numbers: tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto. */
export interface TensorboardEvent {
  /** Seconds since 1970. */
  readonly time: number;
  readonly step?: number;
  /** Numbers by their tags. */
  readonly values?: { readonly [tag: string]: number };
  /** Says which form the file has; the first event of each. */
  readonly fileVersion?: string;
}

export function encodeEvent({ time, step, values, fileVersion }: TensorboardEvent): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(time);
  if (step !== undefined) writer.tag(2, WireType.Varint).int64(step);
  if (fileVersion !== undefined) writer.tag(3, WireType.LengthDelimited).string(fileVersion);
  if (values) {
    writer.tag(5, WireType.LengthDelimited).fork();
    for (const [tag, value] of Object.entries(values)) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string(tag);
      writer.tag(2, WireType.Bit32).float(value);
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}
