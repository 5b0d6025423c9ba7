import { OnwardError } from '../../runtime/common/index.js';
import { type Engine, openSession } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { saysClasses } from './adapt.js';
import { camHead } from './cam-head.js';
import { type Convolution, convolutionsOf, spread } from './convolutions.js';
import { graphOf, namedValue } from './graph-values.js';
import { classActivation, type HeatMap, occlusion, scoreCam } from './heat/index.js';
import { openTapped } from './tapped.js';

export const explainMethods = ['cam', 'occlusion'] as const;
export type ExplainMethod = (typeof explainMethods)[number];

export interface ExplainOptions {
  readonly engine: Engine;
  /** Layers by name. Default: eight convolutions spread over the depth, without those of a 1x1 window. */
  readonly layers?: readonly string[] | undefined;
  /** Every convolution, 1x1 ones too. */
  readonly all?: boolean | undefined;
  /** Default: both. */
  readonly methods?: readonly ExplainMethod[] | undefined;
  /** The class that is asked about, by its label. Default: the one that is predicted. */
  readonly label?: string | undefined;
  readonly allowDifferent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface ExplainedImage {
  readonly name: string;
  /** uint8 `[height, width, channels]`, as the model takes it. */
  readonly pixels: Uint8Array;
}

/** What a layer makes of an image. */
export interface ExplainedLayer {
  readonly name: string;
  /** `Conv 3x3, Relu`. */
  readonly what: string;
  /** Of one image, without the batch: maps, height, width; or numbers. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Explanation {
  readonly image: ExplainedImage;
  /** float32 `[classes]` */
  readonly probabilities: Float32Array;
  /** What is predicted, and the class that the heat maps are of. */
  readonly predicted: number;
  readonly classIndex: number;
  readonly layers: readonly ExplainedLayer[];
  readonly heat: readonly HeatMap[];
  /** Of a file of neighbours: rows of its index and how far they are, nearest first. */
  readonly neighbours: readonly { readonly row: number; readonly distance: number }[];
}

const defaultLayers = 8;
/** Images at once, for occlusion and the like. */
const batch = 32;

interface Wanted {
  readonly name: string;
  readonly value: string;
  readonly what: string;
}

const described = ({ name, value, operators, kernel }: Convolution): Wanted => ({
  ...{ name, value },
  what: operators.map((op, i) => (i === 0 && kernel.length > 0 ? `${op} ${kernel.join('x')}` : op)).join(', '),
});

/** The layers to look into. */
function wantedLayers(
  model: LoadedModel,
  { layers, all = false }: ExplainOptions,
): { wanted: Wanted[]; found: Convolution[] } {
  const graph = graphOf(model);
  const found = convolutionsOf(graph);
  if (layers) {
    const wanted = layers.map((name) => {
      const convolution = found.find((each) => each.name === name);
      if (convolution) return described(convolution);
      const value = namedValue(graph, name);
      const maker = graph.node.find(({ output }) => output.includes(value));
      return { name, value, what: maker?.opType ?? '' };
    });
    return { wanted, found };
  }
  const wide = found.filter(({ isPointwise }) => !isPointwise);
  return { wanted: (all ? found : spread(wide.length > 0 ? wide : found, defaultLayers)).map(described), found };
}

/**
 * What a model computes on its way, for some images: feature maps, and what of the image counts for a class.
 * @throws OnwardError kind `usage` for layers or labels that are not there; `input` for a graph without convolutions where none
 *   was named; whatever `openTapped` throws
 */
export async function explain(
  model: LoadedModel,
  images: readonly ExplainedImage[],
  options: ExplainOptions,
): Promise<Explanation[]> {
  const { engine, label, allowDifferent, signal, onProgress } = options;
  const hasClasses = saysClasses(model);
  const methods = options.methods ?? (hasClasses ? explainMethods : []);
  if (!hasClasses && (methods.length > 0 || label !== undefined)) {
    throw new OnwardError(
      'usage',
      `${model.name}: heat maps are of a class, and its outputs are no classes; leave --method and --class out`,
    );
  }
  const { wanted, found } = wantedLayers(model, options);
  if (found.length === 0 && !options.layers) {
    throw new OnwardError(
      'input',
      `${model.name}: expected a network with convolutions, got none in its graph; name layers with --layer to see what they give`,
    );
  }
  const asked = label === undefined ? undefined : model.labels.indexOf(label);
  if (asked === -1) {
    throw new OnwardError(
      'usage',
      `--class: there is no class "${label}"; expected one of ${model.labels.slice(0, 12).join(', ')}`,
    );
  }
  const head = methods.includes('cam') ? camHead(graphOf(model), model.output.name) : undefined;
  const last = found.at(-1);
  const camValue = methods.includes('cam') ? (head?.value ?? last?.value) : undefined;
  const nearest = model.neighbours ? ['neighbours', 'distances'] : [];
  const values = [...wanted.map(({ value }) => value), ...(camValue ? [camValue] : []), ...nearest];
  const tapped = await openTapped(engine, model, { values, allowDifferent });
  // Occlusion and scores need the probabilities alone.
  const plain = await openSession(engine, model, { check: false });
  const classes = model.labels.length;
  const predict = async (bytes: Uint8Array, count: number) => {
    const rows = new Float32Array(count * classes);
    const size = bytes.length / count;
    for (let at = 0; at < count; at += batch) {
      if (signal?.aborted) throw new OnwardError('interrupted', 'stopped before all images were explained');
      const some = Math.min(batch, count - at);
      rows.set(await plain.predict(bytes.subarray(at * size, (at + some) * size), some), at * classes);
      await new Promise(setImmediate);
    }
    return rows;
  };
  try {
    const explanations: Explanation[] = [];
    for (const [at, image] of images.entries()) {
      onProgress?.(at, images.length);
      const { probabilities, values: parts } = await tapped.run(image.pixels, 1);
      const bad = hasClasses ? probabilities.find((p) => !Number.isFinite(p)) : undefined;
      if (bad !== undefined) {
        throw new OnwardError(
          'input',
          `${model.name} gives ${bad} for ${image.name}: expected ${classes} numbers; it overflows or was damaged, export it again or try another engine`,
        );
      }
      const predicted = probabilities.reduce((top, p, c) => (p > probabilities[top]! ? c : top), 0);
      const classIndex = asked ?? predicted;
      const layers = wanted.map(({ name, what }, i) => ({ name, what, shape: tapped.shapes[i]!, values: parts[i]! }));
      const { width, height, channels } = model.input;
      const input = { image: image.pixels, width, height, channels, classIndex, predict, classes };
      const heat: HeatMap[] = [];
      const shape = tapped.shapes[wanted.length];
      if (camValue && shape?.length === 3) {
        const maps = parts[wanted.length]!;
        const sides = shape as unknown as readonly [number, number, number];
        heat.push(
          head ? classActivation(head, maps, sides, classIndex, { width, height }) : await scoreCam(input, maps, sides),
        );
      }
      if (methods.includes('occlusion')) heat.push(await occlusion(input));
      const [rows, distances] = model.neighbours ? parts.slice(-2) : [];
      const neighbours = Array.from(rows ?? [], (row, i) => ({ row, distance: distances![i]! }));
      explanations.push({ image, probabilities, predicted, classIndex, layers, heat, neighbours });
    }
    onProgress?.(images.length, images.length);
    return explanations;
  } finally {
    await tapped.close();
    await plain.close();
  }
}
