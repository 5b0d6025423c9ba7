import { OnwardError, unknownName } from '../runtime/common/index.js';
import type { OpenedSource, SourceOptions } from './source.js';
import { namedSources, sources } from './sources/index.js';

/**
 * Opens what a person calls a dataset: a name (`mnist`, `street-digits:50000`, `svhn`) or a path: an image folder, a manifest,
 * IDX, CIFAR or SVHN files. docs/data.md lists them.
 *
 * @throws OnwardError kind `input` or `usage`, one sentence: no such folder, one class, an empty class, no image
 */
export async function openSource(spec: string, options: SourceOptions = {}): Promise<OpenedSource> {
  for (const source of sources) {
    if (await source.matches(spec)) return source.open(spec, options);
  }
  const names = namedSources;
  if (/[/\\.~]/.test(spec)) {
    throw new OnwardError(
      'input',
      `no such folder or file: ${spec}; expected a folder with a folder of images for each class, a manifest (.csv, .jsonl), a folder of IDX, CIFAR or SVHN files, or one of: ${names.join(', ')}`,
    );
  }
  throw new OnwardError('usage', `${unknownName('dataset', spec, names)}, or the path of an image folder`);
}
