// What the pictures of the passes show: for each pass a small model, as it is written, before and after it.
import * as tf from '@tensorflow/tfjs';
import { modelGraph, passes, readLayersModel } from 'onward/export';
import { drawBeforeAfter } from './draw-graph.mjs';

const { layers } = tf;
const chain = (x, ...all) => all.reduce((value, layer) => layer.apply(value), x);
/** Each name with weights of its own, always the same. */
const conv = (name, args = {}) => {
  const kernelInitializer = tf.initializers.heNormal({ seed: name.length });
  return layers.conv2d({ name, filters: 8, kernelSize: 3, kernelInitializer, ...args });
};
const norm = () => layers.batchNormalization({ name: 'norm' });
const turn = (name, dims) => layers.permute({ name, dims });
const image = () => tf.input({ shape: [12, 12, 3], name: 'image' });

/** By the name of the pass: the layers after the image. To draw a pass, give it a model here. */
const models = {
  'fold-constants': (x) => chain(x, layers.rescaling({ scale: 1, offset: -0.5, name: 'center' }), conv('conv')),
  'merge-moves': (x) => chain(x, conv('first'), turn('there', [3, 1, 2]), turn('back', [2, 3, 1]), conv('second')),
  'drop-identity': (x) =>
    chain(x, conv('conv'), layers.dropout({ rate: 0.5, name: 'dropout' }), layers.reLU({ name: 'relu' })),
  'merge-duplicates': (x) =>
    layers.concatenate({ name: 'both' }).apply([conv('left').apply(x), conv('right').apply(x)]),
  'merge-pad': (x) => chain(x, layers.zeroPadding2d({ padding: 1, name: 'pad' }), conv('conv')),
  'fold-batch-norm': (x) => chain(x, conv('conv'), norm(), layers.reLU({ name: 'relu' })),
  'move-batch-norm': (x) =>
    chain(x, conv('first', { activation: 'relu' }), norm(), layers.maxPooling2d({ name: 'pool' }), conv('second')),
  'merge-constants': (x) => chain(x, conv('first', { filters: 3 }), conv('second', { filters: 3 })),
  'drop-unused': (x) => chain(x, conv('conv'), turn('there', [2, 1, 3]), turn('back', [2, 1, 3])),
};

/** Without what is not the pass' own doing: nodes that only carry on, or that nobody takes any more. */
const cleaned = (graph, pass) =>
  passes
    .filter(({ name }) => name !== pass.name && /^drop-/.test(name))
    .reduce((each, other) => other.run(each), graph);

/** @returns {Promise<Map<string, string>>} the SVG of each pass, by its name */
export async function passPictures() {
  await tf.setBackend('cpu');
  const pictures = new Map();
  for (const [place, pass] of passes.entries()) {
    const build = models[pass.name];
    if (!build) throw new Error(`the pass ${pass.name} has no model in scripts/lib/pass-pictures.mjs`);
    const input = image();
    const model = tf.model({ inputs: input, outputs: build(input), name: 'model' });
    const written = modelGraph(await readLayersModel(model), { optimize: 'none' });
    const earlier = passes.slice(0, place).reduce((graph, each) => each.run(graph), written);
    const before = cleaned(earlier, pass);
    const after = cleaned(pass.run(before), pass);
    const constants = pass.name === 'merge-constants';
    const svg = drawBeforeAfter(before, after, { constants, title: `a graph before and after ${pass.name}` });
    if (!/ (gone|new)"/.test(svg)) throw new Error(`the pass ${pass.name} changes nothing in its model`);
    pictures.set(pass.name, svg);
  }
  return pictures;
}
