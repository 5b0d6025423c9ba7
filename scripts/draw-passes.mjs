// node scripts/draw-passes.mjs draws docs/passes/<pass>.svg, a small model before and after each pass, from what was built.
import { mkdir, writeFile } from 'node:fs/promises';
import { passPictures } from './lib/pass-pictures.mjs';
import { inRoot } from './lib/root.mjs';

await mkdir(inRoot('docs', 'passes'), { recursive: true });
for (const [name, svg] of await passPictures()) {
  await writeFile(inRoot('docs', 'passes', `${name}.svg`), svg);
  console.log(`docs/passes/${name}.svg`);
}
