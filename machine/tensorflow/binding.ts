import { existsSync } from 'node:fs';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { nvidiaDriver } from '../nvidia.js';
import { requirePeer } from '../peers.js';
import { addonIn, buildFolder, prebuiltAddons, quietAddonIn } from './place.js';
import { requireQuietly } from './quiet.js';

export interface Binding {
  /** tfjs_binding.node: what `NodeJSKernelBackend` is constructed with. */
  readonly addon: { readonly TF_Version: string; isUsingGpuDevice(): boolean };
  readonly file: string;
  /** `prebuilt`: the package's own; `cuda`: our build that can use a GPU. */
  readonly origin: 'prebuilt' | 'cpu' | 'cuda';
}

const remedy = 'run `npx onward setup training`';

/**
 * Loads the native addon: the package's own where it has one that loads, else the one that `setup` built.
 * @throws OnwardError kind `missing` when there is none that loads
 */
export async function loadBinding(): Promise<Binding> {
  // Read by the libraries when they are loaded: 2 leaves errors.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // oneDNN computes convolutions and their gradients faster than Eigen; TensorFlow takes it on the newest processors only.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  const candidates = await bindingFiles();
  if (!candidates.length) {
    throw new OnwardError(
      'missing',
      `The native TensorFlow backend is not built on this machine (expected ${addonIn(buildFolder(false))}): ${remedy}.`,
    );
  }
  const failures: string[] = [];
  for (const { file, origin, quiet } of candidates) {
    try {
      const addon = requireQuietly(file, quiet) as Binding['addon'];
      return { addon, file, origin };
    } catch (error) {
      failures.push(`${file}: ${messageOf(error)}`);
    }
  }
  throw new OnwardError(
    'missing',
    `The native TensorFlow backend is on this machine but does not load (${failures.join('; ')}): remove that folder and ${remedy} again.`,
  );
}

/** The addons that are there, best first. */
export async function bindingFiles(): Promise<{ file: string; origin: Binding['origin']; quiet: string }[]> {
  const { folder } = requirePeer('@tensorflow/tfjs-node-gpu');
  // Where there is a driver, the build for it comes first; one without GPU support is still better than none.
  const origins = (await nvidiaDriver()).available ? (['cuda', 'cpu'] as const) : (['cpu'] as const);
  const builds = origins.map((origin) => {
    const build = buildFolder(origin === 'cuda');
    return { file: addonIn(build), origin, quiet: quietAddonIn(build) };
  });
  const prebuilt = prebuiltAddons(folder).map((file) => ({
    file,
    origin: 'prebuilt' as const,
    quiet: builds[0]!.quiet,
  }));
  return [...prebuilt, ...builds].filter(({ file }) => existsSync(file));
}
