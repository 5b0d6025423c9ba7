import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, lastWords, which } from '../command.js';
import { Impossible } from '../outcome.js';
import { importPeer, requirePeer } from '../peers.js';
import { addonIn, libraryNames, quietAddonIn } from './place.js';
import { quietSource } from './quiet.js';

/** The C++ compiler: `CXX`, else the platform's; undefined when there is none that runs. */
export async function findCompiler(): Promise<{ program: string; version: string } | undefined> {
  const usual = process.platform === 'darwin' ? ['clang++', 'g++', 'c++'] : ['g++', 'clang++', 'c++'];
  for (const name of [process.env.CXX, ...usual]) {
    const program = name && (await which(name).then((path) => path ?? (name.includes('/') ? name : undefined)));
    if (!program) continue;
    // On a Mac without the command line tools `clang++` is there and only says that they are missing.
    const asked = await command(program, ['--version'], { timeout: 30_000 });
    if (asked.code === 0) return { program, version: asked.stdout.split('\n')[0]!.trim() };
  }
  return undefined;
}

/** @throws Impossible when there is no compiler */
export async function requireCompiler(): Promise<string> {
  const compiler = await findCompiler();
  if (compiler) return compiler.program;
  throw new Impossible(
    'there is no C++ compiler (looked for g++, clang++, c++ and what CXX names)',
    process.platform === 'darwin'
      ? 'run `xcode-select --install` and then `npx onward setup training` again'
      : 'install g++ (on Debian and Ubuntu `apt-get install g++`) and run `npx onward setup training` again',
  );
}

/** Lies beside this file in the sources, and is one of the package's files. */
const functionsSource = fileURLToPath(new URL('../../../machine/tensorflow/functions.cc', import.meta.url));

/**
 * Compiles the sources of tfjs-node-gpu's addon, as they are, together with what makes TensorFlow's functions, against
 * TensorFlow's headers and libraries.
 * @param build holds the libraries in `tensorflow/`; the addons are put beside them
 * @param include TensorFlow's headers
 * @throws Impossible with the compiler's words
 */
export async function compileAddon(build: string, include: string, signal?: AbortSignal): Promise<void> {
  const compiler = await requireCompiler();
  const { folder } = requirePeer('@tensorflow/tfjs-node-gpu');
  const node = (await importPeer('node-api-headers')).include_dir;
  const libraries = join(build, 'tensorflow');
  const mac = process.platform === 'darwin';
  const common = [
    ...['-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', `-I${node}`],
    // Node itself has the functions of its interface.
    ...(mac ? ['-undefined', 'dynamic_lookup'] : []),
  ];
  const quiet = join(build, 'onward_quiet.c');
  await writeFile(quiet, quietSource);
  const compile = compiling(compiler, signal);
  await compile(['-x', 'c', quiet, '-o', quietAddonIn(build), ...common]);
  await compile([
    '-std=c++17',
    ...common,
    `-I${folder}`,
    `-I${include}`,
    join(folder, 'binding', 'tfjs_backend.cc'),
    // It has `tfjs_binding.cc` in it.
    functionsSource,
    ...['-o', addonIn(build)],
    ...libraryNames().map((name) => join(libraries, name)),
    `-Wl,-rpath,${mac ? '@loader_path' : '$ORIGIN'}`,
  ]);
}

const compiling = (compiler: string, signal: AbortSignal | undefined) => async (args: string[]) => {
  const result = await command(compiler, args, { signal });
  if (result.code === 0) return;
  throw new Impossible(
    `${compiler} could not compile TensorFlow's addon (${lastWords(result, 4)})`,
    'use a compiler for C++17 (set CXX) and run `npx onward setup training` again',
  );
};
