import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inCache, wholeFolder } from '../cache.js';
import { command, lastWords } from '../command.js';
import { Impossible, type StepOptions } from '../outcome.js';
import { peers, requirePeer } from '../peers.js';

/** The package with a Chromium has one for this platform only. */
export const bundledHere = () => process.platform === 'linux' && process.arch === 'x64';

/** Where the Chromium of `@sparticuz/chromium` is unpacked. */
export const bundledFolder = () => inCache('browser', `chromium-${peers['@sparticuz/chromium'].version}`);

/**
 * Unpacks the Chromium of `@sparticuz/chromium` into the cache.
 * @throws Impossible when it does not unpack or does not start
 */
export async function unpackBundled({ onProgress, signal }: StepOptions = {}): Promise<'made' | 'reused'> {
  return wholeFolder(
    bundledFolder(),
    async (folder) => {
      const { folder: source } = requirePeer('@sparticuz/chromium');
      onProgress?.('Unpacking Chromium');
      const unpack = 'const { default: chromium } = await import(process.argv[1]); await chromium.executablePath();';
      const entry = pathToFileURL(join(source, 'build', 'esm', 'index.js')).href;
      const unpacked = await command(process.execPath, ['--input-type=module', '-e', unpack, entry], {
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          // It unpacks into the folder for temporary files, and takes whatever lies there already for its own.
          TMPDIR: folder,
          // Makes it bring the libraries that a bare Debian lacks.
          AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
        },
        signal,
      });
      if (unpacked.code !== 0) {
        throw new Impossible(
          `Chromium did not unpack (${lastWords(unpacked)})`,
          'free some disk (it needs 210 MB) and run `npx onward setup browser` again',
        );
      }
      await writeFile(join(folder, fontsFile), fontsConfiguration);
      const program = join(folder, 'chromium');
      const env = { ...process.env, ...(await bundledEnvironment(folder)) };
      const started = await command(program, ['--version'], { env, timeout: 60_000 });
      if (started.code !== 0) {
        throw new Impossible(
          `Chromium does not start (${lastWords(started)})`,
          'install Chrome, or name a Chromium with ONWARD_BROWSER=/path/to/it',
        );
      }
    },
    () => onProgress?.('Another process is unpacking Chromium; waiting for it'),
    signal,
  );
}

/**
 * What the environment of the bundled Chromium needs: its own NSS and fonts, each only where the machine has none, so that
 * a complete machine is not mixed with another system's libraries.
 */
export async function bundledEnvironment(folder = bundledFolder()): Promise<{ [name: string]: string }> {
  const env: { [name: string]: string } = {};
  const libraries = await command('ldd', [join(folder, 'chromium')], { timeout: 10_000 });
  if (libraries.code !== 0 || /not found/.test(libraries.stdout)) {
    env.LD_LIBRARY_PATH = [folder, join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH]
      .filter(Boolean)
      .join(':');
  }
  if (!existsSync('/etc/fonts/fonts.conf')) env.FONTCONFIG_FILE = join(folder, fontsFile);
  return env;
}

const fontsFile = 'onward-fonts.conf';
const fontsConfiguration = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;
