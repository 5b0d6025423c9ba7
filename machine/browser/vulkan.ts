import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundledFolder } from './bundled.js';

/**
 * The environment in which ONNX Runtime's WebGPU provider runs in Node on a machine without a GPU: the Vulkan that the
 * bundled Chromium emulates one with. A process reads it when it starts, so give it to a child process.
 * @returns undefined where the bundled Chromium is not unpacked
 */
export function vulkanEnvironment(): { LD_LIBRARY_PATH: string; VK_ICD_FILENAMES: string } | undefined {
  const folder = bundledFolder();
  const icd = join(folder, 'vk_swiftshader_icd.json');
  if (!existsSync(icd) || !existsSync(join(folder, 'libvulkan.so.1'))) return undefined;
  return {
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    VK_ICD_FILENAMES: icd,
  };
}
