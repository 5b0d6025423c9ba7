import { constantLike } from '../layout.js';
import { align } from './align.js';
import { type Handler, onlyInput, refuse } from './handler.js';

/** `LayerScale`, of Keras' ConvNeXt: a factor for each channel. Its weight has no name of its own. */
export const layerScale: Handler = (call) => {
  const { builder, layer } = call;
  const value = onlyInput(call);
  const [factors] = layer.weights.values();
  const channels = value.shape.at(-1)!;
  if (!factors || layer.weights.size !== 1 || factors.values.length !== channels) {
    throw refuse(
      call,
      `has ${layer.weights.size} weights, expected one of ${channels} numbers, as Keras' ConvNeXt has it`,
    );
  }
  const dims = [...Array<number>(value.shape.length - 1).fill(1), channels];
  const scale = constantLike(builder, value, `${layer.name}/gamma`, dims, factors.values);
  return { ...value, name: builder.node('Mul', layer.name, [value.name, scale]) };
};

/** `CustomScaleLayer`, of Keras' Inception-ResNet: the first value and a part of the second. */
export const customScale: Handler = (call) => {
  const { builder, layer, inputs } = call;
  const factor = layer.config.scale;
  const shapes = inputs.map(({ shape }) => shape.join());
  if (inputs.length !== 2 || shapes[0] !== shapes[1] || typeof factor !== 'number') {
    throw refuse(call, "is not as Keras' Inception-ResNet has it: two values of one shape, and a scale in its config");
  }
  const [first, second] = align(builder, inputs) as [(typeof inputs)[0], (typeof inputs)[0]];
  const scale = builder.floats(`${layer.name}/scale`, [], Float32Array.of(factor));
  const part = builder.node('Mul', `${layer.name}/part`, [second!.name, scale]);
  return { ...first!, name: builder.node('Add', layer.name, [first!.name, part]) };
};
