import type { ModelProto } from 'onnx-buf';
import { OnwardError } from '../common/index.js';
import type { LoadedModel } from './contract.js';
import { tensorInfo } from './protobuf.js';

const side = (size: number | string | undefined) => (typeof size === 'number' && size > 0 ? size : undefined);

/**
 * An ONNX file that is not ours, read as an image classifier: what it does not say is guessed, and every guess is listed.
 * @throws OnwardError kind `input` when it has no image input or no output with a number for every class
 */
export function foreignModel(model: ModelProto, bytes: Uint8Array<ArrayBuffer>, name: string): LoadedModel {
  const graph = model.graph!;
  const refuse = (why: string) => new OnwardError('input', `${name}: it is not an image classifier: ${why}`);
  const constants = new Set(graph.initializer.map((t) => t.name));
  const inputs = graph.input.filter((value) => !constants.has(value.name));
  if (inputs.length !== 1) throw refuse(`expected one input with images, got ${inputs.length}`);

  const image = tensorInfo(inputs[0]!);
  if (image?.dims.length !== 4 || (image.type !== 'uint8' && image.type !== 'float32')) {
    throw refuse(
      `expected an input of uint8 or float32 with 4 dimensions, got "${inputs[0]!.name}" ${image?.type ?? 'of another kind'} [${image?.dims.join(', ') ?? ''}]`,
    );
  }
  const isChannels = (size: number | string | undefined) => size === 1 || size === 3;
  const layout = isChannels(image.dims[1]) ? 'NCHW' : 'NHWC';
  const [height, width, channels] =
    layout === 'NCHW' ? [image.dims[2], image.dims[3], image.dims[1]] : [image.dims[1], image.dims[2], image.dims[3]];
  if (!isChannels(channels) || !side(height) || !side(width)) {
    throw refuse(
      `expected images of a fixed size with 1 or 3 channels, got "${inputs[0]!.name}" [${image.dims.join(', ')}]`,
    );
  }

  const output = graph.output.find((value) => {
    const info = tensorInfo(value);
    return info?.type === 'float32' && info.dims.length === 2 && (side(info.dims[1]) ?? 0) >= 2;
  });
  if (!output) throw refuse('expected a float32 output [N, classes] with at least 2 classes');
  const classes = tensorInfo(output)!.dims[1] as number;
  const last = graph.node.find((node) => node.output.includes(output.name))?.opType;
  const kind = last === 'Softmax' ? 'probabilities' : 'logits';

  return {
    name,
    bytes,
    input: {
      width: side(width)!,
      height: side(height)!,
      channels: channels as 1 | 3,
      fit: 'contain',
      background: [0, 0, 0],
    },
    tensor: { name: inputs[0]!.name, type: image.type, layout, scale: image.type === 'float32' ? 1 / 255 : 1 },
    output: { name: output.name, kind },
    labels: Array.from({ length: classes }, (_, i) => String(i)),
    provenance: {},
    golden: undefined,
    digest: undefined,
    guesses: [
      'it has no onward metadata: no labels, no digest and no golden samples, so nothing proves what it predicts',
      `images are taken as ${layout}${image.type === 'float32' ? ' scaled to 0..1' : ''}, fitted whole on black`,
      ...(kind === 'logits'
        ? [`the output "${output.name}" is taken as logits (it comes from ${last ?? 'nowhere'})`]
        : []),
    ],
  };
}
