import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from 'onward/image';
import { expect, it } from 'vitest';
import { writeStripes } from '../../cli/images.js';
import { onward } from '../../cli/onward.js';

it('predicting leaves nothing in the home folder: ONNX Runtime keeps no events unless told to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onward-home-'));
  const home = await mkdtemp(join(tmpdir(), 'onward-empty-home-'));
  try {
    const photos = await writeStripes(join(folder, 'photos'), 30);
    const out = join(folder, 'run');
    expect(await onward(['train', photos, '--epochs', '1', '--out', out])).toMatchObject({ code: 0 });
    expect(await onward(['export', out])).toMatchObject({ code: 0 });
    const image = join(folder, 'image.png');
    await writeFile(image, encodePng({ width: 12, height: 12, data: new Uint8Array(144).fill(99) }));
    const env = { HOME: home, XDG_CACHE_HOME: join(home, '.cache') };
    expect(await onward(['predict', join(out, 'model.onnx'), image], { env })).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(home, { recursive: true })).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(home, { recursive: true, force: true });
  }
}, 90_000);
