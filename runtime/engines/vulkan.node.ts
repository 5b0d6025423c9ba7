import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const folders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** Mesa's and Google's drivers that compute on the CPU. */
const software = /swiftshader|lvp|llvmpipe/i;

/** The driver descriptions that Vulkan's loader would read. */
function drivers(environment: NodeJS.ProcessEnv): string[] {
  const named = environment.VK_DRIVER_FILES ?? environment.VK_ICD_FILENAMES;
  if (named) return named.split(':').filter(Boolean);
  return folders.flatMap((folder) => {
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
}

/** The name of the renderer where Vulkan computes on the CPU alone; undefined where it has a GPU, or is not what is used. */
export function softwareRenderer(environment: NodeJS.ProcessEnv): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const names = drivers(environment).map((path) => basename(path));
  if (names.length === 0 || !names.every((name) => software.test(name))) return undefined;
  return /swiftshader/i.test(names[0]!) ? 'SwiftShader' : 'llvmpipe';
}
