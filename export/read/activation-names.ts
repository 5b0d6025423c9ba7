/**
 * Keras 3 calls another function by the name of `hard_sigmoid` than Keras 2 and TensorFlow.js do: relu6(x + 3) / 6 and not
 * max(0, min(1, 0.2 x + 0.5)). Its models get a name of their own for it.
 */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      /(^|_)activation$/.test(key) && inner === 'hard_sigmoid' ? 'hard_sigmoid_keras_3' : renamed(inner),
    ]),
  );
}

/** A topology of Keras 3 with the activations called by what they are. */
export const keras3Activations = (topology: unknown): unknown => renamed(topology);
