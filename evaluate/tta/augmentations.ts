import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { closest, OnwardError } from '../../runtime/common/index.js';
import { type LoadedModel, runSchema } from '../../runtime/model/index.js';
import { type Augmentation, augmentations as registry } from '../../train/augment/index.js';

type Described = NonNullable<LoadedModel['provenance']['augmentation']>;

/** What training images became, as the file says it, or, where it was written before files did, its run folder. */
async function described({ provenance, layersModel }: LoadedModel): Promise<Described | undefined> {
  if (provenance.augmentation || !layersModel) return provenance.augmentation;
  try {
    const run = JSON.parse(await readFile(join(dirname(layersModel), 'run.json'), 'utf8'));
    return runSchema.parse(run).augmentation;
  } catch {
    return undefined;
  }
}

/**
 * The augmentations that a model was trained with, made anew from its provenance.
 * @throws OnwardError kind `input` where it has none, or one that is not known here
 */
export async function augmentationsOf(model: LoadedModel): Promise<readonly Augmentation[]> {
  const found = await described(model);
  if (!found || found.length === 0) {
    const why = found ? 'its training augmented nothing' : 'it does not say how its training images were augmented';
    throw new OnwardError('input', `${model.name}: there is nothing to average with --tta, as ${why}; leave --tta out`);
  }
  return found.map(({ name, ...settings }) => {
    const make = (registry as { readonly [name: string]: unknown })[name];
    if (typeof make === 'function') return make(settings) as Augmentation;
    const near = closest(name, Object.keys(registry));
    throw new OnwardError(
      'input',
      `${model.name} was trained with the augmentation "${name}", which this version of onward does not have${near ? ` (it has ${near})` : ''}; leave --tta out`,
    );
  });
}
