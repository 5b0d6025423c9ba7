import { Command } from 'commander';
import { version } from '../machine/index.js';

/** Every verb, a file each, in the order of the help. Loaded when they are needed: a server need not load what trains. */
const verbs = {
  data: async () => (await import('./data.js')).dataCommand,
  train: async () => (await import('./train.js')).trainCommand,
  sweep: async () => (await import('./sweep.js')).sweepCommand,
  reproduce: async () => (await import('./reproduce.js')).reproduceCommand,
  export: async () => (await import('./export.js')).exportCommand,
  inspect: async () => (await import('./inspect.js')).inspectCommand,
  verify: async () => (await import('./verify.js')).verifyCommand,
  eval: async () => (await import('./eval.js')).evalCommand,
  explain: async () => (await import('./explain.js')).explainCommand,
  embed: async () => (await import('./embed.js')).embedCommand,
  knn: async () => (await import('./knn.js')).knnCommand,
  predict: async () => (await import('./predict.js')).predictCommand,
  serve: async () => (await import('./serve.js')).serveCommand,
  web: async () => (await import('./web.js')).webCommand,
  start: async () => (await import('./start.js')).startCommand,
  setup: async () => (await import('./setup.js')).setupCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
} satisfies { readonly [name: string]: () => Promise<Command> };

/** The verb that is asked for; without one that is known, all of them, to be listed or suggested. */
function loadVerbs(first: string | undefined): Promise<Command[]> {
  const load = first !== undefined && Object.hasOwn(verbs, first) ? verbs[first as keyof typeof verbs] : undefined;
  return Promise.all(load ? [load()] : Object.values(verbs).map((each) => each()));
}

/**
 * The command line: parses, prints help, and throws a CommanderError for what it does not know.
 * @param first what comes first on the command line
 */
export async function createProgram(first: string | undefined): Promise<Command> {
  const program = new Command('onward')
    .description('Labelled images in, a classifier out that predicts the same everywhere.')
    .version(version)
    .addHelpText(
      'after',
      '\nExample:\n  $ npx onward train photos/ --out runs/photos\n  $ npx onward export runs/photos\n  $ npx onward verify runs/photos/model.onnx --data photos/\n  $ npx onward serve runs/photos/model.onnx\n',
    );
  const loaded = await loadVerbs(first);
  for (const verb of loaded) program.addCommand(verb);
  for (const command of [program, ...loaded.flatMap((verb) => [verb, ...verb.commands])]) {
    command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .showSuggestionAfterError();
  }
  return program;
}
