import type { GraphProto, ModelProto } from 'onnx-buf';
import { messageOf, OnwardError } from '../common/index.js';
import { whatWasAltered } from './altered.js';
import type { LoadedModel, TensorInput } from './contract.js';
import { decodeGolden } from './golden.js';
import type { LoadOptions } from './load.js';
import { keys, type Metadata, parseMetadata, requireKnownFormat } from './metadata.js';
import { precisionOf } from './precision.js';
import { describeValue, tensorInfo } from './protobuf.js';
import { digestOf } from './seal.js';

/** @throws Error when the graph takes or gives something else than the metadata say */
function requireSameGraph({ input, output }: GraphProto, { input: spec, labels }: Metadata): TensorInput {
  const image = input.length === 1 ? tensorInfo(input[0]!) : undefined;
  const shape = [spec.height, spec.width, spec.channels];
  if (image?.type !== 'uint8' || image.dims.length !== 4 || image.dims.slice(1).join() !== shape.join()) {
    throw new Error(
      `its metadata say uint8 images [N, ${shape.join(', ')}], but its graph takes ${input.map(describeValue).join(' and ') || 'nothing'}; export it again`,
    );
  }
  const values = output.find(({ name }) => name === 'probabilities');
  const probabilities = values && tensorInfo(values);
  if (probabilities?.type !== 'float32' || probabilities.dims.length !== 2 || probabilities.dims[1] !== labels.length) {
    throw new Error(
      `its metadata list ${labels.length} labels, but its graph gives ${output.map(describeValue).join(' and ') || 'nothing'}; export it again`,
    );
  }
  const [batch] = image.dims;
  return { name: image.name, type: 'uint8', layout: 'NHWC', scale: 1, ...(typeof batch === 'number' && { batch }) };
}

/**
 * A file that onward exported, read and checked: the digest, the metadata, and that the graph is what they say.
 * @param entries its `metadata_props`
 * @throws OnwardError kind `input` in one sentence
 */
export function ownModel(
  model: ModelProto,
  bytes: Uint8Array<ArrayBuffer>,
  entries: ReadonlyMap<string, string>,
  { name, allowAltered = false }: LoadOptions,
): LoadedModel {
  try {
    requireKnownFormat(entries);
    const carried = entries.get(keys.digest) ?? '';
    const altered = digestOf(bytes, carried) === carried ? undefined : whatWasAltered(model, entries);
    if (altered && !allowAltered) {
      throw new Error(
        `it was altered after it was exported: ${altered}; copy or export it again, or allow it with --allow-altered`,
      );
    }
    const metadata = parseMetadata(entries);
    const tensor = requireSameGraph(model.graph!, metadata);
    const { input, labels, provenance, golden, neighbours } = metadata;
    return {
      name,
      bytes,
      input,
      tensor,
      output: { name: 'probabilities', kind: 'probabilities' },
      labels,
      precision: precisionOf(model.graph!),
      provenance,
      golden: golden && decodeGolden(golden, input, labels.length),
      digest: altered ? undefined : carried,
      guesses: altered ? [`it was altered after it was exported: ${altered}`] : [],
      ...(neighbours && { neighbours }),
    };
  } catch (cause) {
    throw new OnwardError('input', `${name}: ${messageOf(cause)}`, { cause });
  }
}
