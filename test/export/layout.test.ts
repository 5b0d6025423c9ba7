import type { SymbolicTensor } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { after } from './cases/case.js';
import { differenceOf, graphOf, layersOf, operatorsOf, tf, withWeights } from './networks.js';

const { layers } = tf;
const conv = (filters: number) => layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' });
const size = [12, 10, 3];

/** Networks that a converter which keeps images as Keras has them fills with Transposes. */
const networks: Record<string, (x: SymbolicTensor) => SymbolicTensor> = {
  'squeeze and excitation': (x) => {
    const image = after(conv(4), x);
    const squeezed = after(layers.reshape({ targetShape: [1, 1, 4] }), after(layers.globalAveragePooling2d({}), image));
    const excited = after(layers.conv2d({ filters: 4, kernelSize: 1, activation: 'sigmoid' }), squeezed);
    return after(layers.flatten(), after(layers.multiply(), image, excited));
  },
  'a U-Net': (x) => {
    const high = after(layers.batchNormalization(), after(conv(4), x));
    const low = after(conv(8), after(layers.maxPooling2d({}), high));
    const up = after(layers.upSampling2d({ interpolation: 'bilinear' }), low);
    const again = after(layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }), low);
    const joined = after(layers.concatenate({ axis: 3 }), high, up, again);
    return after(layers.dense({ units: 3 }), after(layers.flatten(), after(conv(2), joined)));
  },
  'branches with normalisation over the channels': (x) => {
    const left = after(layers.prelu({ sharedAxes: [1, 2] }), after(layers.layerNormalization(), after(conv(4), x)));
    const padded = after(layers.zeroPadding2d({ padding: 1 }), after(conv(4), x));
    const right = after(layers.activation({ activation: 'gelu' }), after(layers.cropping2D({ cropping: 1 }), padded));
    const scaled = after(layers.rescaling({ scale: 0.5, offset: 1 }), right);
    return after(layers.globalMaxPooling2d({}), after(layers.average(), left, after(layers.maximum(), scaled, left)));
  },
  'channels first to the layer': (x) => {
    const first = after(layers.permute({ dims: [3, 1, 2] }), after(conv(4), x));
    const moved = after(layers.conv2d({ filters: 2, kernelSize: 3, dataFormat: 'channelsFirst' }), first);
    const pooled = after(layers.averagePooling2d({ poolSize: 2, dataFormat: 'channelsFirst' }), moved);
    return after(layers.dense({ units: 2 }), after(layers.flatten({ dataFormat: 'channelsFirst' }), pooled));
  },
};

describe.each(Object.entries(networks))('%s', (_, build) => {
  it('moves the image that enters, and no other value', async () => {
    const input = tf.input({ shape: size });
    const model = withWeights(tf.model({ inputs: input, outputs: build(input as SymbolicTensor) }));
    const graph = graphOf(await layersOf(model));
    // What is left of them is at the end, where what TensorFlow.js gives is compared.
    const end = graph.nodes.findLastIndex(({ op }) => op !== 'Transpose' && op !== 'Flatten' && op !== 'Reshape');
    const inside = operatorsOf({ ...graph, nodes: graph.nodes.slice(0, end) });
    expect(inside.filter((op) => op === 'Transpose')).toEqual(['Transpose']);
    expect(await differenceOf(model)).toBeLessThanOrEqual(1e-5);
  });
});
