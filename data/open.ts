import { OnwardError, unknownName } from '../runtime/common/index.js';
import type { OpenedSource, SourceOptions } from './source.js';
import { sources } from './sources/index.js';

/**
 * Opens what a person calls a dataset: a name (`mnist`) or the path of an image folder.
 *
 * @throws OnwardError kind `input` or `usage`, one sentence: no such folder, one class, an empty class, no image
 */
export async function openSource(spec: string, options: SourceOptions = {}): Promise<OpenedSource> {
  for (const source of sources) {
    if (await source.matches(spec)) return source.open(spec, options);
  }
  const names = sources.map((source) => source.name).filter((name) => name !== 'folder');
  if (/[/\\.~]/.test(spec)) {
    throw new OnwardError(
      'input',
      `no such folder: ${spec}; expected a folder with a folder of images for each class, or one of: ${names.join(', ')}`,
    );
  }
  throw new OnwardError('usage', `${unknownName('dataset', spec, names)}, or the path of an image folder`);
}
