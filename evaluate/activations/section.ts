import { OnwardError } from '../../runtime/common/index.js';
import type { Engine } from '../../runtime/engines/index.node.js';
import { topAt } from '../metrics/index.js';
import type { Section } from '../report/section.js';
import { explain } from './explain.js';
import { explainStyle, figure } from './page.js';
import { heatPng, inputPng, plate } from './pictures.js';
import { mapsOf } from './write-explanation.js';

export interface ActivationsOptions {
  readonly engine: Engine;
  readonly signal?: AbortSignal | undefined;
}

/** So many images have a heat map, one a class. */
const mostImages = 10;

/** For the report: what of an image of each class counts, and the feature maps of one of them. */
export const activationsSection = ({ engine, signal }: ActivationsOptions): Section => ({
  id: 'activations',
  title: 'What it sees',
  after: 'map',
  async make({ evaluation: { model, dataset, scored } }) {
    const { labels, predicted, probabilities, classes } = scored;
    // Of each class the image that is called right with the greatest confidence.
    const best = classes.map((_, c) => {
      let chosen = -1;
      for (const [i, label] of labels.entries()) {
        if (label !== c || predicted[i] !== c) continue;
        if (chosen < 0 || probabilities[i * classes.length + c]! > probabilities[chosen * classes.length + c]!)
          chosen = i;
      }
      return chosen;
    });
    const images = best.filter((image) => image >= 0).slice(0, mostImages);
    if (images.length === 0) return undefined;
    const pixels = await dataset.batch(images);
    const size = pixels.length / images.length;
    const asked = images.map((image, i) => ({
      name: dataset.origin(image),
      pixels: pixels.slice(i * size, (i + 1) * size),
    }));
    try {
      const found = await explain(model, asked, { engine, methods: ['cam'], signal });
      const { width, height, channels } = model.input;
      const spec = { width, height, channels };
      const heat = [];
      for (const { image, heat: maps, probabilities: row } of found) {
        const name = classes[topAt(row, 0, classes.length)]!;
        const input = await inputPng(image.pixels, spec);
        heat.push(figure({ title: name, caption: image.name.split(/[\\/]/).at(-1)!, png: input }));
        for (const map of maps) {
          const png = await heatPng(map, image.pixels, spec, false);
          heat.push(figure({ title: name, caption: 'what of it counts', png }));
        }
      }
      const plates = [];
      for (const layer of found[0]!.layers) {
        const { png } = await plate(mapsOf(layer));
        plates.push(figure({ title: layer.name, caption: `${layer.what}: [${layer.shape.join(', ')}].`, png }));
      }
      const how = found[0]!.heat[0]?.how ?? '';
      return {
        html: `<style>${explainStyle.replaceAll('.seen', '#activations .seen')}#activations .seen{grid-template-columns:repeat(auto-fill,minmax(130px,1fr))}</style>
<p>Of ${images.length} classes the image that is called right with the greatest confidence, and what of it counts: bright what speaks for the class, dark what does not.</p><p class="soft">${how}</p>
<div class="seen">${heat.join('\n')}</div>
<h3>Feature maps of the first</h3><p class="soft">Convolutions spread over the depth; a tile is a map, and within a layer all tiles share one scale of colours. onward explain does this for any image.</p>
<div class="plates">${plates.join('\n')}</div>`,
        json: {
          images: found.map(({ image }) => image.name),
          layers: found[0]!.layers.map(({ name, shape }) => ({ name, shape })),
        },
      };
    } catch (error) {
      // A network without convolutions has nothing to show here.
      if (error instanceof OnwardError && error.kind === 'input') return undefined;
      throw error;
    }
  },
});
