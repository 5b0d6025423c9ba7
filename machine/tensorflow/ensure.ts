import { copyFile, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { exists, requireSpace, sizeOf, wholeFolder } from '../cache.js';
import { cudaFolder, ensureCuda } from '../cuda.js';
import { Impossible, type SetupOutcome, type StepOptions, step } from '../outcome.js';
import { requirePeer } from '../peers.js';
import { unpackWheels } from '../wheels.js';
import { compileAddon, requireCompiler } from './compile.js';
import {
  addonIn,
  buildFolder,
  libraryNames,
  prebuiltAddons,
  quietAddonIn,
  tensorflowVersion,
  wheelFor,
} from './place.js';
import { tryAddon } from './probe.js';

export interface EnsureTensorFlowOptions extends StepOptions {
  /** Builds for NVIDIA GPUs; `setup` asks for it where a driver is found. */
  readonly cuda?: boolean;
}

/**
 * Makes the native TensorFlow backend be there: reuses a prebuilt addon that loads or an earlier build, else fetches
 * TensorFlow's libraries and compiles the addon (on two cores half a minute after the download). Never throws.
 */
export function ensureTensorFlow({ cuda = false, ...options }: EnsureTensorFlowOptions = {}): Promise<SetupOutcome> {
  return step(`native TensorFlow backend${cuda ? ' for CUDA' : ''}`, async () => {
    const peer = requirePeer('@tensorflow/tfjs-node-gpu');
    for (const file of prebuiltAddons(peer.folder)) {
      if ((await exists(file)) && (await tryAddon(file)).version) return { status: 'reused', folder: file };
    }
    const folder = buildFolder(cuda);
    const status = await wholeFolder(
      folder,
      (build) => makeBuild(build, cuda, options),
      () => options.onProgress?.('Another process is building the native TensorFlow backend; waiting for it'),
      options.signal,
    );
    return { status, folder, bytes: await sizeOf(folder) };
  });
}

async function makeBuild(build: string, cuda: boolean, options: StepOptions): Promise<void> {
  const name = wheelFor(process.platform, process.arch, cuda);
  if (!name) {
    throw new Impossible(
      `there is no TensorFlow ${tensorflowVersion} wheel ${cuda ? 'with CUDA ' : ''}for ${process.platform} ${process.arch}`,
      'train on the WASM backend (`--backend wasm`)',
    );
  }
  // Before the download: without a compiler it would be for nothing.
  await requireCompiler();
  await requireSpace(cuda ? 14e9 : 3e9, 'The native TensorFlow backend');
  if (cuda) {
    const libraries = await ensureCuda(options);
    if (libraries.status === 'impossible') throw new Impossible(libraries.reason!, libraries.remedy!);
    // The libraries look for NVIDIA's where the wheels put them: `../nvidia/<library>/lib`.
    await symlink(join(relative(build, cudaFolder()), 'nvidia'), join(build, 'nvidia'));
  }
  const wheel = join(build, 'wheel');
  await mkdir(wheel);
  await unpackWheels(wheel, [`${name}==${tensorflowVersion}`], options);

  await mkdir(join(build, 'tensorflow'));
  for (const library of libraryNames()) {
    await rename(join(wheel, 'tensorflow', library), join(build, 'tensorflow', library)).catch(() => {
      throw new Impossible(
        `the TensorFlow ${tensorflowVersion} wheel has no ${library}`,
        'train on the WASM backend (`--backend wasm`)',
      );
    });
  }
  await copyFile(join(wheel, 'tensorflow', 'include', 'LICENSE'), join(build, 'LICENSE')).catch(() => {});
  await copyFile(join(wheel, 'tensorflow', 'THIRD_PARTY_NOTICES.txt'), join(build, 'THIRD_PARTY_NOTICES.txt')).catch(
    () => {},
  );

  options.onProgress?.('Compiling the addon of @tensorflow/tfjs-node-gpu');
  await compileAddon(build, join(wheel, 'tensorflow', 'include'), options.signal);
  const kept = new Set(['tensorflow', 'nvidia', 'LICENSE', 'THIRD_PARTY_NOTICES.txt']);
  for (const name of await readdir(build)) {
    if (!kept.has(name)) await rm(join(build, name), { recursive: true, force: true });
  }

  const tried = await tryAddon(addonIn(build), quietAddonIn(build));
  if (tried.version) return;
  throw new Impossible(
    `the addon compiled but does not load (${tried.reason})`,
    'train on the WASM backend (`--backend wasm`)',
  );
}
