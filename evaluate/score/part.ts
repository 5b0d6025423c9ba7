import { type Dataset, type OpenedSource, splitAs, splitDataset, wholeOf } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';

export const partNames = ['train', 'val', 'test', 'all'] as const;
export type PartName = (typeof partNames)[number];

/** The images that a model is evaluated on. */
export interface Part {
  readonly name: PartName;
  readonly dataset: Dataset;
  /** Where that part comes from, as a person reads it. */
  readonly how: string;
  /** Whether it is known that the model was not trained on them; null where nothing says what it was trained on. */
  readonly unseen: boolean | null;
}

/** The parts that training divided this dataset into; undefined where it is another dataset, or the file does not say. */
export function trainingParts(source: OpenedSource, { provenance: { split, dataset } }: LoadedModel) {
  if (!split || !dataset) return undefined;
  try {
    const parts = splitDataset(source, split);
    return parts.train.digest === dataset.digest ? parts : undefined;
  } catch (error) {
    // Too few images for that split: it is another dataset.
    if (error instanceof OnwardError && error.kind === 'input') return undefined;
    throw error;
  }
}

const isPart = (name: string): name is PartName => (partNames as readonly string[]).includes(name);

/**
 * Some images of a source, as a person says which: `train`, `val`, `test`, `all`, or a split file, of which the test part is
 * taken, or with `:train` or `:val` behind it another. Without it: what training kept for the end, else all.
 * @throws OnwardError kind `input` for a part that has no images or cannot be found again
 */
export async function partOf(source: OpenedSource, model: LoadedModel, wanted?: string): Promise<Part> {
  const part = await choose(source, model, wanted);
  if (part.dataset.length > 0) return part;
  const parts = `${source.name} has ${source.train.length} to train, ${source.val?.length ?? 0} to validate, ${source.test?.length ?? 0} to test`;
  throw new OnwardError(
    'input',
    `${part.name === 'all' ? source.name : `the ${part.name} part of ${source.name}`} has no images (${parts}): choose another part with --split ${partNames.join('|')}`,
  );
}

async function choose(source: OpenedSource, model: LoadedModel, wanted: string | undefined): Promise<Part> {
  if (wanted !== undefined && !isPart(wanted)) return fromFile(source, wanted);
  if (wanted === 'all') {
    const seen = trainingParts(source, model) !== undefined;
    return { name: 'all', dataset: wholeOf(source), how: 'all images', unseen: seen ? false : null };
  }
  const name = wanted ?? 'test';
  const parts = trainingParts(source, model);
  if (parts) {
    const { seed } = model.provenance.split!;
    const how = source[name] && name !== 'train' ? `the source's own part` : `as training divided it, seed ${seed}`;
    return { name, dataset: parts[name], how, unseen: name !== 'train' };
  }
  const own = source[name];
  const isDivided = source.val !== undefined || source.test !== undefined;
  if (own && isDivided) return { name, dataset: own, how: `the source's own part`, unseen: null };
  if (wanted === undefined) {
    return {
      name: 'all',
      dataset: wholeOf(source),
      how: 'all images, as it is not what the model was trained on',
      unseen: null,
    };
  }
  const { dataset } = model.provenance;
  const trained = dataset
    ? `${model.name} was trained on ${dataset.name} (sha256 ${dataset.digest.slice(0, 12)}…)`
    : `${model.name} does not say what it was trained on`;
  throw new OnwardError(
    'input',
    `the ${name} part of ${source.name} cannot be found again: ${trained}, and the split by its seed gives other images; give --split all, or a split file (CSV: image,split)`,
  );
}

async function fromFile(source: OpenedSource, wanted: string): Promise<Part> {
  const [, path, ending] = /^(.*?)(?::(train|val|test))?$/.exec(wanted) as unknown as [
    string,
    string,
    PartName | undefined,
  ];
  const name = (ending ?? 'test') as 'train' | 'val' | 'test';
  if (!/[./\\]/.test(path)) {
    throw new OnwardError(
      'usage',
      `--split: expected ${partNames.join(', ')} or a split file (CSV: image,split), got "${wanted}"`,
    );
  }
  const parts = await splitAs(path, source);
  return { name, dataset: parts[name], how: `the ${name} part of ${path}`, unseen: null };
}
