import { join } from 'node:path';
import { command, lastWords, which } from './command.js';
import { Impossible, type StepOptions } from './outcome.js';

/** What unpacks a Python package here: pip of a Python, or uv. */
export interface WheelInstaller {
  readonly name: 'pip' | 'uv';
  readonly version: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** pip where a Python has it, else uv; undefined where there is neither. */
export async function findWheelInstaller(): Promise<WheelInstaller | undefined> {
  for (const python of ['python3', 'python']) {
    const asked = await command(python, ['-m', 'pip', '--version'], { timeout: 30_000 });
    const version = /^pip (\S+)/.exec(asked.stdout)?.[1];
    if (version) return { name: 'pip', version, program: python, args: ['-m', 'pip', 'install', '--no-compile'] };
  }
  const uv = await which('uv');
  if (!uv) return undefined;
  const asked = await command(uv, ['--version'], { timeout: 30_000 });
  const version = /^uv (\S+)/.exec(asked.stdout)?.[1];
  return version ? { name: 'uv', version, program: uv, args: ['pip', 'install'] } : undefined;
}

/**
 * Unpacks Python packages into `folder`. They only carry libraries: nothing of them is run, so the machine's own version
 * of Python does not matter.
 * @param wheels as pip takes them: `tensorflow-cpu==2.21.0`, or `-r` and a file that lists them with their digests
 * @param options `what`: what messages call them, instead of the first of them
 * @throws Impossible with the exact reason
 */
export async function unpackWheels(
  folder: string,
  wheels: readonly string[],
  { what, onProgress, signal }: StepOptions & { readonly what?: string } = {},
): Promise<void> {
  const name = what ?? wheels[0];
  const installer = await findWheelInstaller();
  if (!installer) {
    throw new Impossible(
      `${name} is fetched with pip or uv, and neither is here (looked for \`python3 -m pip\`, \`python -m pip\`, \`uv\`)`,
      'install Python with pip, or uv, and run `npx onward setup` again',
    );
  }
  const more = what === undefined && wheels.length > 1 ? ` and ${wheels.length - 1} more` : '';
  onProgress?.(`Fetching ${name}${more} with ${installer.name} ${installer.version}`);
  const result = await command(
    installer.program,
    [
      ...installer.args,
      ...['--target', folder, '--no-deps', '--only-binary', ':all:', '--python-version', '3.12'],
      ...wheels,
    ],
    {
      env: {
        ...process.env,
        // Unpacked on the disk of the cache: the usual folder may be small, and another disk would mean copying.
        TMPDIR: join(folder, '..'),
        PIP_PROGRESS_BAR: 'off',
        PIP_NO_INPUT: '1',
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        PIP_ROOT_USER_ACTION: 'ignore',
        // Settings of the person's that `--target` refuses.
        PIP_USER: '0',
        PIP_REQUIRE_VIRTUALENV: '0',
      },
      onLine: (line) => {
        if (/^\s*(Downloading|Using cached)/.test(line)) onProgress?.(line.trim());
      },
      signal,
    },
  );
  if (result.code === 0) return;
  throw new Impossible(
    `${installer.name} could not fetch ${name} (${lastWords(result)})`,
    'connect to the network, or set the proxy and index that pip should use, and run `npx onward setup` again',
  );
}
