import type { Dataset } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';

/** A dataset's labels as a model counts them. */
export interface Aligned {
  /** The model's classes. */
  readonly classes: readonly string[];
  /** Of every image, as an index into `classes`. */
  readonly labels: Uint32Array;
  /** What a person should know of how they were matched. */
  readonly notes: readonly string[];
}

/** Names that differ by nothing that a person would call a difference. */
const plain = (name: string) =>
  name
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');

const listed = (names: readonly string[]) =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? `, ... (${names.length})` : '');

/** Whether the file says what its classes are called. */
const namesClasses = ({ labels, provenance, digest }: LoadedModel) =>
  digest !== undefined || Object.keys(provenance).length > 0 || labels.some((label, i) => label !== String(i));

/**
 * The class of every image by its name in the model. Names that differ by case, spaces, dashes or underscores alone are the
 * same. A file that says no names has its classes in the dataset's order.
 * @throws OnwardError kind `input` for images of a class that the model does not have
 */
export function alignLabels(dataset: Dataset, model: LoadedModel): Aligned {
  const { classes, labels } = dataset;
  const used = new Set(labels);
  const count = model.labels.length;
  if (!namesClasses(model) && classes.some((name) => !model.labels.includes(name))) {
    if (classes.length === count) {
      const note = `${model.name} has no labels: its ${count} outputs are taken in the order of the classes of ${dataset.name} (${listed(classes)})`;
      return { classes, labels, notes: [note] };
    }
    throw new OnwardError(
      'input',
      `${model.name} has no labels and ${count} outputs, and ${dataset.name} has ${classes.length} classes (${listed(classes)}): say with --labels what the outputs are`,
    );
  }
  const exact = new Map(model.labels.map((label, i) => [label, i]));
  const alike = new Map<string, number | undefined>();
  for (const [i, label] of model.labels.entries()) alike.set(plain(label), alike.has(plain(label)) ? undefined : i);
  const renamed: string[] = [];
  const places = classes.map((name) => {
    const same = exact.get(name);
    if (same !== undefined) return same;
    const near = alike.get(plain(name));
    if (near !== undefined) renamed.push(`${name} as ${model.labels[near]}`);
    return near;
  });
  const strange = classes.filter((_, c) => places[c] === undefined && used.has(c));
  if (strange.length > 0) {
    throw new OnwardError(
      'input',
      `${dataset.name} has images of ${strange.length === 1 ? 'the class' : 'the classes'} ${listed(strange)}, which ${model.name} does not have: expected ${listed(model.labels)}; rename the classes, take the images out, or say with --labels what the outputs are`,
    );
  }
  const twice = places.find((place, c) => place !== undefined && used.has(c) && places.indexOf(place) !== c);
  if (twice !== undefined) {
    const both = classes.filter((_, c) => places[c] === twice);
    throw new OnwardError(
      'input',
      `the classes ${listed(both)} of ${dataset.name} are both ${model.labels[twice]} in ${model.name}: rename one`,
    );
  }
  const aligned = labels.map((label) => places[label]!);
  const there = new Set(aligned);
  const missing = model.labels.filter((_, c) => !there.has(c));
  return {
    classes: model.labels,
    labels: aligned,
    notes: [
      ...(renamed.length > 0 ? [`classes taken for the same by their names: ${listed(renamed)}`] : []),
      ...(missing.length > 0
        ? [
            `no image of ${missing.length === 1 ? 'the class' : 'the classes'} ${listed(missing)}: nothing is known of ${missing.length === 1 ? 'its' : 'their'} recall`,
          ]
        : []),
    ],
  };
}
