import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Dataset } from '../../data/index.js';
import { makeFolder, replaceFolder } from '../../machine/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { fittedTo } from '../score/fitted.js';
import { saysClasses } from './adapt.js';
import type { ExplainedLayer, Explanation } from './explain.js';
import { explainPage, type Shown, type ShownImage, type ShownNeighbour } from './page.js';
import { heatPng, inputPng, plate } from './pictures.js';

export interface WriteExplanationOptions {
  readonly engine: string;
  /** The images that a file of neighbours has in its index, in that order, for their pictures. */
  readonly index?: Dataset | undefined;
}

/** A name that every file system takes. */
const fileName = (name: string) => name.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '') || 'layer';

/** Maps of a layer; numbers without a place are laid out as a square. */
export function mapsOf({ name, what, shape, values }: ExplainedLayer) {
  const title = what ? `${name}  (${what})` : name;
  if (shape.length === 3) {
    const [count, height, width] = shape as [number, number, number];
    return { title, values, count, height, width };
  }
  const width = Math.ceil(Math.sqrt(values.length));
  const height = Math.ceil(values.length / width);
  const square = new Float32Array(width * height);
  square.set(values);
  return { title, values: square, count: 1, height, width };
}

async function neighboursOf(
  { neighbours, predicted }: Explanation,
  model: LoadedModel,
  index: Dataset | undefined,
): Promise<ShownNeighbour[]> {
  if (!index || neighbours.length === 0) return [];
  const dataset = fittedTo(index, model.input);
  const [height, width, channels] = dataset.shape;
  const pixels = await dataset.batch(neighbours.map(({ row }) => row));
  const size = height * width * channels;
  return Promise.all(
    neighbours.map(async ({ row, distance }, i): Promise<ShownNeighbour> => {
      const label = dataset.classes[dataset.labels[row]!]!;
      const png = await inputPng(pixels.subarray(i * size, (i + 1) * size), { width, height, channels });
      return { label, file: dataset.origin(row), distance, isSame: label === model.labels[predicted], png };
    }),
  );
}

/**
 * Writes explanations as a folder: a page with everything in it, every picture as PNG in a folder an image, and the numbers.
 * @returns what was written, for `--json`
 */
export async function writeExplanation(
  out: string,
  model: LoadedModel,
  explanations: readonly Explanation[],
  { engine, index }: WriteExplanationOptions,
) {
  const written: object[] = [];
  await replaceFolder(out, async (folder) => {
    const shown: ShownImage[] = [];
    const { width, height, channels } = model.input;
    const size = { width, height, channels };
    for (const [at, explanation] of explanations.entries()) {
      const { image, probabilities, classIndex, layers, heat } = explanation;
      const place = `${at + 1}-${fileName(basename(image.name))}`;
      await makeFolder(join(folder, place));
      const files: string[] = [];
      const save = async (name: string, png: Uint8Array) => {
        await writeFile(join(folder, place, name), png);
        files.push(join(out, place, name));
      };
      const input = await inputPng(image.pixels, size);
      await save('input.png', input);
      const heats: Shown[] = [];
      for (const map of heat) {
        const png = await heatPng(map, image.pixels, size);
        await save(`${fileName(map.title.toLowerCase())}.png`, png);
        heats.push({ title: map.title, caption: map.how, png });
      }
      const plates: Shown[] = [];
      const numbers = [];
      for (const [i, layer] of layers.entries()) {
        const { png, drawn, low, high } = await plate(mapsOf(layer));
        await save(`${String(i + 1).padStart(2, '0')}-${fileName(layer.name)}.png`, png);
        const all = layer.shape[0]!;
        const some = layer.shape.length === 3 && drawn < all ? `; the ${drawn} of ${all} that vary most are drawn` : '';
        const range = `from ${Number(low.toPrecision(3))} to ${Number(high.toPrecision(3))}`;
        plates.push({
          title: layer.name,
          caption: `${layer.what}: [${layer.shape.join(', ')}], ${range}${some}.`,
          png,
        });
        numbers.push({ name: layer.name, what: layer.what, shape: layer.shape, drawn, low, high });
      }
      const top = Array.from(probabilities, (probability, c) => ({ label: model.labels[c]!, probability }))
        .sort((a, b) => b.probability - a.probability)
        .slice(0, saysClasses(model) ? 5 : 0);
      const neighbours = await neighboursOf(explanation, model, index);
      const label = model.labels[classIndex]!;
      shown.push({ name: image.name, input, top, label, heat: heats, layers: plates, neighbours });
      written.push({
        ...{
          image: image.name,
          label: top[0]?.label ?? null,
          probability: top[0]?.probability ?? null,
          explained: label,
          top,
        },
        layers: numbers,
        heat: heat.map(({ title, how, most }) => ({ title, how, most })),
        neighbours:
          neighbours.length > 0
            ? neighbours.map(({ png: _, isSame: __, ...rest }, i) => ({ row: explanation.neighbours[i]!.row, ...rest }))
            : explanation.neighbours,
        files,
      });
    }
    await writeFile(join(folder, 'explain.html'), explainPage(model, engine, shown));
    await writeFile(
      join(folder, 'explain.json'),
      `${JSON.stringify({ model: model.name, engine, images: written }, null, 2)}\n`,
    );
  });
  return written;
}
