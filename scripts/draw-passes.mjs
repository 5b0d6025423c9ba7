// node scripts/draw-passes.mjs [folder]: draws <pass>.svg, a small model before and after each pass, from what was built;
// into docs/passes when nothing else is said.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { passPictures } from './lib/pass-pictures.mjs';
import { inRoot } from './lib/root.mjs';

const folder = process.argv[2] ?? inRoot('docs', 'passes');
await mkdir(folder, { recursive: true });
for (const [name, svg] of await passPictures()) {
  await writeFile(join(folder, `${name}.svg`), svg);
  console.log(`${name}.svg`);
}
