import { type Dataset, subset } from '../../../data/index.js';
import { pageStyle } from '../../../plot/index.js';
import { OnwardError, random } from '../../../runtime/common/index.js';
import type { Engine } from '../../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../../runtime/model/index.js';
import { embeddingOf, openTapped } from '../../activations/index.js';
import { topAt } from '../../metrics/index.js';
import { page } from '../../report/page/page.js';
import type { Section, SectionContent } from '../../report/section.js';
import { thumbnailsOf } from '../../report/thumbnails.js';
import { alignLabels } from '../../score/align-labels.js';
import { fittedTo } from '../../score/fitted.js';
import { embeddedBatches } from '../embedded.js';
import { drawMap, frame, placeOf } from './draw.js';
import { embeddingMap, leastPoints } from './embedding-map.js';

export interface MapOptions {
  readonly engine: Engine;
  readonly layer?: string | undefined;
  /** Points at most. Default: 2,000. */
  readonly most?: number | undefined;
  readonly seed?: number | undefined;
  readonly allowDifferent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const mostPoints = 2000;

/** The classes to draw: the model's, where the images are of those, else their own, of which the model says nothing. */
function classesOf(dataset: Dataset, model: LoadedModel) {
  try {
    return { ...alignLabels(dataset, model), areModels: true };
  } catch (error) {
    if (!(error instanceof OnwardError && error.kind === 'input')) throw error;
    return { classes: dataset.classes, labels: dataset.labels, areModels: false };
  }
}

/**
 * A map of a dataset's images by what a layer makes of them, to hover over.
 * @returns undefined where there are too few images for a map
 * @throws OnwardError kind `input` where no layer is known to describe images
 */
export async function mapContent(
  model: LoadedModel,
  given: Dataset,
  { engine, layer, most = mostPoints, seed = 1, allowDifferent, signal, onProgress }: MapOptions,
): Promise<SectionContent | undefined> {
  const count = Math.min(most, given.length);
  if (count < leastPoints) return undefined;
  const chosen = random('map sample', seed).permutation(given.length).subarray(0, count).sort();
  const dataset = fittedTo(subset(given, chosen), model.input);
  const { labels, classes, areModels } = classesOf(dataset, model);
  const { value, what } = embeddingOf(model, layer);
  const tapped = await openTapped(engine, model, { values: [value], allowDifferent });
  const width = tapped.shapes[0]!.reduce((a, b) => a * b, 1);
  const vectors = new Float32Array(count * width);
  const predicted: number[] = [];
  try {
    for await (const batch of embeddedBatches(tapped, model, dataset, { signal })) {
      vectors.set(batch.vectors, batch.start * width);
      for (let i = 0; i < batch.count; i++) {
        predicted.push(
          areModels ? topAt(batch.probabilities, i * classes.length, classes.length) : labels[batch.start + i]!,
        );
      }
    }
  } finally {
    await tapped.close();
  }
  const places = await embeddingMap(vectors, width, { seed, signal, onProgress });
  const points = { places, labels: [...labels], predicted, classes };
  const { sheets, ...layout } = await thumbnailsOf(
    dataset,
    Array.from({ length: count }, (_, i) => i),
  );
  const style = sheets.map((url, i) => `#map .sheet-${i}{background-image:url(${url})}`).join('\n');
  const plot = {
    name: 'map',
    title: 'A map of images: near ones look alike to the network',
    draw: (how: Parameters<typeof drawMap>[1]) => drawMap(points, how),
  };
  const wrong = predicted.filter((label, i) => label !== labels[i]).length;
  const sample =
    count < given.length
      ? `${count.toLocaleString('en')} of ${given.length.toLocaleString('en')} images, chosen by the seed ${seed}`
      : `${count.toLocaleString('en')} images`;
  return {
    html: `<style>${style}
#map .map{position:relative}
#map .map svg{display:block;width:100%;height:auto;touch-action:pan-y;cursor:crosshair}
#map .over{position:absolute;z-index:1;display:grid;justify-items:center;gap:3px;padding:8px;border:1px solid var(--line);border-radius:10px;background:var(--card);box-shadow:0 4px 18px #0003;font-size:.82rem;line-height:1.25;text-align:center;max-width:170px;pointer-events:none}
#map .over[hidden]{display:none}
@media (max-width:560px){#map .map text{font-size:28px;paint-order:stroke;stroke:var(--card);stroke-width:8px;stroke-linejoin:round}#map .map circle[fill-opacity]{display:none}}
#map .over b{color:var(--bad)}
</style>
<p>A point for each of ${sample}; near ones look alike to the network. ${
      areModels
        ? `The ${wrong.toLocaleString('en')} with a ring are called something else.`
        : 'Their classes are not the network’s.'
    } Point at one to see it.</p>
<div class="map">${plot.draw(pageStyle)}<div class="over" hidden></div></div>
<p class="soft">UMAP with 15 neighbours (McInnes, Healy and Melville 2018, arXiv:1802.03426) of vectors of ${width}, from ${what.replaceAll('<', '&lt;')}. Which points are near counts; how far apart groups are means little.</p>`,
    plots: [plot],
    script: 'map',
    data: {
      ...{ classes, layout, frame },
      points: predicted.map((said, i) => [...placeOf(places, i), labels[i]!, said, dataset.origin(i)]),
    },
    json: { points: count, of: given.length, seed, layer: value, width, wrong },
  };
}

/** For the report: a map of the images that were evaluated. */
export const mapSection = (options: MapOptions): Section => ({
  id: 'map',
  title: 'A map of the images',
  after: 'mistakes',
  async make({ evaluation: { model, dataset } }) {
    try {
      return await mapContent(model, dataset, options);
    } catch (error) {
      // A network without vectors has no map.
      if (error instanceof OnwardError && error.kind === 'input') return undefined;
      throw error;
    }
  },
});

/** A page with nothing but the map. */
export async function mapPage(model: LoadedModel, dataset: Dataset, options: MapOptions): Promise<string> {
  const content = await mapContent(model, dataset, options);
  if (!content) {
    throw new OnwardError('input', `a map needs at least ${leastPoints} images, got ${dataset.length}`);
  }
  const short = model.name.split(/[\\/]/).slice(-2).join('/').replaceAll('<', '&lt;');
  return page({
    title: 'A map of the images',
    about: `<p>${short}, ${dataset.length.toLocaleString('en')} images</p>`,
    sections: [{ id: 'map', title: 'Map', ...content }],
    end: 'Written by onward embed.',
  });
}
