import { type OpenedSource, openSource, type SourceOptions } from '../../data/index.js';
import { progress } from './progress.js';

/** Opens a dataset with progress, and says on stderr what was skipped and what there is to note. */
export async function openDataset(spec: string, options: SourceOptions): Promise<OpenedSource> {
  const bar = progress('reading images');
  try {
    const source = await openSource(spec, { ...options, onProgress: (done, total) => bar.update(done, total) });
    bar.stop();
    for (const note of source.notes) console.error(`note: ${note}`);
    for (const { reason } of source.skipped.slice(0, 10)) console.error(`skipped: ${reason}`);
    if (source.skipped.length > 10) console.error(`skipped: ${source.skipped.length - 10} more files`);
    if (source.skipped.length > 0)
      console.error(`skipped ${source.skipped.length} files in all (--strict makes that an error)`);
    return source;
  } finally {
    bar.stop();
  }
}
