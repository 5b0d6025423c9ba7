import { join } from 'node:path';
import { command, lastWords, which } from '../command.js';
import { Impossible, type OnProgress } from '../outcome.js';
import { tensorflowVersion, wheelFor } from './place.js';

/** What `tensorflow[and-cuda]` of this version asks for, pinned: CUDA 12, as ONNX Runtime's CUDA provider has it. */
const nvidiaWheels = [
  'nvidia-cublas-cu12==12.9.3.13',
  'nvidia-cuda-cupti-cu12==12.9.79',
  'nvidia-cuda-nvcc-cu12==12.9.86',
  'nvidia-cuda-nvrtc-cu12==12.9.86',
  'nvidia-cuda-runtime-cu12==12.9.79',
  'nvidia-cudnn-cu12==9.28.0.42',
  'nvidia-cufft-cu12==11.4.1.4',
  'nvidia-curand-cu12==10.3.10.19',
  'nvidia-cusolver-cu12==11.7.5.82',
  'nvidia-cusparse-cu12==12.5.10.65',
  'nvidia-nccl-cu12==2.32.3',
  'nvidia-nvjitlink-cu12==12.9.86',
];

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
 * Unpacks the TensorFlow wheel of this platform, with NVIDIA's where `cuda`, into `folder`. The packages are only carried
 * in Python's wheels: nothing of them is run, so the machine's own Python version does not matter.
 * @throws Impossible with the exact reason
 */
export async function unpackWheels(folder: string, cuda: boolean, onProgress?: OnProgress): Promise<void> {
  const wheel = wheelFor(process.platform, process.arch, cuda);
  if (!wheel) {
    throw new Impossible(
      `there is no TensorFlow ${tensorflowVersion} wheel ${cuda ? 'with CUDA ' : ''}for ${process.platform} ${process.arch}`,
      'train on the WASM backend (`--backend wasm`)',
    );
  }
  const installer = await findWheelInstaller();
  if (!installer) {
    throw new Impossible(
      'TensorFlow is fetched with pip or uv, and neither is here (looked for `python3 -m pip`, `python -m pip`, `uv`)',
      'install Python with pip, or uv, and run `npx onward setup training` again',
    );
  }
  onProgress?.(`Fetching ${wheel} ${tensorflowVersion} with ${installer.name} ${installer.version}`);
  const result = await command(
    installer.program,
    [
      ...installer.args,
      ...['--target', folder, '--no-deps', '--only-binary', ':all:', '--python-version', '3.12'],
      `${wheel}==${tensorflowVersion}`,
      ...(cuda ? nvidiaWheels : []),
    ],
    {
      env: {
        ...process.env,
        // Unpacked on the disk of the cache: /tmp may be small, and another disk would mean copying.
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
        if (/^\s*(Downloading|Using cached|Installing)/.test(line)) onProgress?.(line.trim());
      },
    },
  );
  if (result.code === 0) return;
  throw new Impossible(
    `${installer.name} could not fetch ${wheel} ${tensorflowVersion} (${lastWords(result)})`,
    'connect to the network, or set the proxy and index that pip should use, and run `npx onward setup training` again',
  );
}
