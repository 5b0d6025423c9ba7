import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder, replaceFolder } from '../machine/index.js';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import type { LoadedModel } from '../runtime/model/index.js';
import { readPage } from './page.js';

/** The file by which a folder is known to be a site of ours, which may be replaced. */
const marker = 'onward-site.json';

export interface Site {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Writes the page with this model as static files, with relative addresses: any web server can host them in any folder.
 * The folder is there whole or not at all; a site that an earlier call wrote there is replaced.
 * @throws OnwardError kind `input` for a folder with other things in it, `system` when it cannot be written,
 *   `missing` when the page was not built
 */
export async function writeSite(model: LoadedModel, outDir: string): Promise<Site> {
  if (model.described) {
    throw new OnwardError(
      'input',
      `${model.name}: a page has the file alone, without its description; expected a file that onward exported`,
    );
  }
  const page = await readPage(model, { server: false });
  if (!page) throw new OnwardError('missing', 'the page was not built: run npm run build');
  const folder = resolve(outDir);
  const before = await listing(folder, outDir);
  if (before.length > 0 && !before.includes(marker)) {
    throw new OnwardError(
      'input',
      `${outDir}: expected a new or empty folder or a site written before, got one with ${before.length} other files (${before[0]}); choose another with --out`,
    );
  }

  let bytes = 0;
  try {
    await replaceFolder(folder, async (fresh) => {
      for (const [name, file] of page) {
        const content = await file.bytes();
        bytes += content.length;
        await makeFolder(dirname(join(fresh, name)));
        await writeFile(join(fresh, name), content);
      }
      const described = { model: model.digest ?? null, files: [...page.keys()] };
      await writeFile(join(fresh, marker), `${JSON.stringify(described)}\n`);
    });
  } catch (cause) {
    throw new OnwardError('system', `${outDir}: the site cannot be written: ${messageOf(cause)}`, { cause });
  }
  return { folder, files: page.size + 1, bytes };
}

async function listing(folder: string, name: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new OnwardError('system', `${name}: expected a folder, but it cannot be read as one (${code})`, {
      cause: error,
    });
  }
}
