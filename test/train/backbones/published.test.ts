import type { SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import { backbones, chooseBackend, fineTuned, openBackboneFile, type PretrainedWeights } from 'onward/train';
import { describe, expect, it } from 'vitest';
import { filesInScripts, loadLayers, picture, skipsPublished } from '../../export/published.js';
import { asFile } from './files.js';

/** The MobileNetV2 of the npm package nsfwjs, which was trained on photographs. */
const trained = () => loadLayers(filesInScripts('node_modules', 'nsfwjs', 'dist', 'models', 'mobilenet_v2'));

describe.skipIf(skipsPublished)('a network that others trained', () => {
  it('is a backbone, at another size, and that of the registry computes with its weights what it computes', async () => {
    const { tf } = await chooseBackend();
    const model = await trained();
    const file = await asFile(tf, model, 'nsfwjs/model.json');
    const opened = await openBackboneFile(tf, file, { name: 'nsfwjs', preprocessing: [] });
    expect(opened).toMatchObject({ cut: 'out_relu', cutShape: [7, 7, 1280], height: 224, width: 224, channels: 3 });
    const weights: PretrainedWeights = {
      ...{ name: 'nsfwjs', sha256: 'ab'.repeat(32), isPublished: false, layers: [] },
      of: (wanted) =>
        new Map(
          wanted.map(({ name }) => [
            name,
            model.getLayer(name).weights.map((weight) => ({
              shape: weight.shape as number[],
              values: weight.read().dataSync<'float32'>(),
            })),
          ]),
        ),
    };
    const ours = fineTuned(backbones.find(({ name }) => name === 'mobilenet-v2')!, { weights });
    const side = 96;
    tf.tidy(() => {
      const images = tf.tensor4d(picture(3, [side, side, 3]), [1, side, side, 3]);
      const [theirs, found] = [opened.recipe, ours].map((recipe) => {
        const built = recipe.build(tf, { shape: [side, side, 3], classes: 3, seed: 1 });
        const map = tf.model({ inputs: built.inputs, outputs: built.getLayer('out_relu').output as SymbolicTensor });
        return map.predict(images) as Tensor;
      }) as [Tensor, Tensor];
      expect(theirs.shape).toEqual([1, 3, 3, 1280]);
      expect(tf.max(tf.abs(tf.sub(theirs, found))).dataSync()[0]).toBeLessThan(1e-4);
      // Something was seen.
      expect(tf.max(theirs).dataSync()[0]).toBeGreaterThan(1);
    });
    expect(
      opened.recipe.stages!(opened.recipe.build(tf, { shape: [side, side, 3], classes: 3, seed: 1 })).map(
        ({ name }) => name,
      ),
    ).toEqual([...['3x3', '6x6', '12x12', '24x24', '48x48']]);
  });
});
