import { Command } from 'commander';
import { loadModelFile } from '../runtime/model/index.node.js';
import { writeSite } from '../serve/index.js';

export const webCommand = new Command('web')
  .description('write the page with a model as static files that any web server can host')
  .argument('<model>', 'a model.onnx')
  .option('-o, --out <folder>', 'the folder to write', 'site')
  .option('--allow-altered', 'take a file that was altered after it was exported')
  .option('--json', 'print what was written as JSON')
  .addHelpText('after', '\nExample:\n  $ npx onward web runs/photos/model.onnx -o site/\n')
  .action(async (path: string, flags: { out: string; allowAltered?: boolean; json?: boolean }) => {
    const model = await loadModelFile(path, { allowAltered: flags.allowAltered ?? false });
    const site = await writeSite(model, flags.out);
    if (flags.json) console.log(JSON.stringify(site));
    else
      console.log(
        `${site.folder}: ${site.files} files, ${(site.bytes / 1e6).toFixed(1)} MB; host it anywhere (other machines need https for it to work offline)`,
      );
  });
