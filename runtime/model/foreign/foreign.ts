import type { ModelProto } from 'onnx-buf';
import { OnwardError } from '../../common/index.js';
import type { LoadedModel } from '../contract.js';
import { precisionOf } from '../precision.js';
import { quoted } from '../protobuf.js';
import { classOutput } from './class-output.js';
import type { ClassifierDescription } from './description.js';
import { imageInput } from './image-input.js';

/**
 * An ONNX file that is not ours, read as an image classifier: what neither it nor its description says is guessed, and every
 * guess is listed.
 * @throws OnwardError kind `input` when it has no image input or no output with a number for every class, or is not as it is
 *   described
 */
export function foreignModel(
  model: ModelProto,
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  description?: ClassifierDescription,
): LoadedModel {
  const said = description ?? {};
  const graph = model.graph!;
  try {
    const { tensor, spec } = imageInput(graph, said);
    const { classes, operator, ...output } = classOutput(graph, said);
    const isFloat = tensor.type === 'float32';
    const guessed = [
      ...(said.layout ? [] : [`as ${tensor.layout}`]),
      ...(isFloat && (said.scale ?? said.mean ?? said.std) === undefined ? ['scaled to 0..1'] : []),
      ...(said.fit ? [] : ['fitted whole on black']),
    ];
    const missing = [...(said.labels ? [] : ['labels']), 'digest', 'golden samples'];
    return {
      name,
      bytes,
      input: spec,
      tensor,
      output,
      labels: said.labels ?? Array.from({ length: classes }, (_, i) => String(i)),
      precision: precisionOf(graph),
      provenance: {},
      ...(description && { described: true }),
      golden: undefined,
      digest: undefined,
      guesses: [
        `it has no onward metadata: no ${missing.slice(0, -1).join(', no ')} and no ${missing.at(-1)}, so nothing proves what it predicts`,
        ...(guessed.length > 0 ? [`images are taken ${sentence(guessed)}`] : []),
        ...(output.kind === 'logits' && said.softmax === undefined
          ? [`the output ${quoted(output.name)} is taken as logits (it comes from ${operator ?? 'nowhere'})`]
          : []),
      ],
    };
  } catch (cause) {
    throw new OnwardError('input', `${name}: it is not an image classifier: ${(cause as Error).message}`, { cause });
  }
}

/** `as NCHW scaled to 0..1, fitted whole on black` */
const sentence = (parts: readonly string[]) => parts.join(', ').replace(/^(as \w+), scaled/, '$1 scaled');
