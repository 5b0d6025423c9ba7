import { Command } from 'commander';
import { version } from '../machine/index.js';
import { dataCommand } from './data.js';
import { doctorCommand } from './doctor.js';
import { embedCommand } from './embed.js';
import { evalCommand } from './eval.js';
import { explainCommand } from './explain.js';
import { exportCommand } from './export.js';
import { inspectCommand } from './inspect.js';
import { knnCommand } from './knn.js';
import { predictCommand } from './predict.js';
import { serveCommand } from './serve.js';
import { setupCommand } from './setup.js';
import { startCommand } from './start.js';
import { sweepCommand } from './sweep.js';
import { trainCommand } from './train.js';
import { verifyCommand } from './verify.js';
import { webCommand } from './web.js';

/** Every verb, a file each. */
const verbs = [
  dataCommand,
  trainCommand,
  sweepCommand,
  exportCommand,
  inspectCommand,
  verifyCommand,
  evalCommand,
  explainCommand,
  embedCommand,
  knnCommand,
  predictCommand,
  serveCommand,
  webCommand,
  startCommand,
  setupCommand,
  doctorCommand,
];

/** The command line: parses, prints help, and throws a CommanderError for what it does not know. */
export function createProgram(): Command {
  const program = new Command('onward')
    .description('Labelled images in, a classifier out that predicts the same everywhere.')
    .version(version)
    .addHelpText(
      'after',
      '\nExample:\n  $ npx onward train photos/ --out runs/photos\n  $ npx onward export runs/photos\n  $ npx onward verify runs/photos/model.onnx --data photos/\n  $ npx onward serve runs/photos/model.onnx\n',
    );
  for (const verb of verbs) program.addCommand(verb);
  for (const command of [program, ...verbs.flatMap((verb) => [verb, ...verb.commands])]) {
    command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .showSuggestionAfterError();
  }
  return program;
}
