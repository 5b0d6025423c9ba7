import { int } from '../../runtime/model/index.js';
import { graphAxis, plain } from '../layout.js';
import { align } from './align.js';
import { axisOf, type Handler, isKeras, refuse } from './handler.js';

/** `Concatenate` along any axis but the batch. */
export const concatenate: Handler = (call) => {
  const { builder, inputs, layer } = call;
  const first = inputs[0];
  const rank = first?.shape.length ?? 0;
  const axis = axisOf(call, layer.config.axis ?? -1, rank);
  if (!isKeras(call) && Number(layer.config.axis ?? -1) < -1) {
    throw refuse(
      call,
      `has axis ${layer.config.axis}, where Keras joins along axis ${axis} and TensorFlow.js along the last; give it as ${axis} or as -1`,
    );
  }
  const others = ({ shape }: { shape: readonly number[] }) => shape.toSpliced(axis - 1, 1).join();
  if (!first || inputs.some((value) => value.shape.length !== rank || others(value) !== others(first))) {
    const shapes = inputs.map((value) => `[${value.shape.join(', ')}]`).join(' and ');
    throw refuse(call, `takes values that differ along axis ${axis} only, got ${shapes || 'none'}`);
  }
  // Two flattened images, one after another, are none.
  const aligned = align(builder, inputs).map((value) => (value.order === 'flat' ? plain(builder, value) : value));
  const total = aligned.reduce((sum, value) => sum + value.shape[axis - 1]!, 0);
  const shape = first.shape.with(axis - 1, total);
  const name = builder.node(
    'Concat',
    layer.name,
    aligned.map((value) => value.name),
    { axis: int(graphAxis(aligned[0]!, axis)) },
  );
  return { ...aligned[0]!, name, shape };
};
