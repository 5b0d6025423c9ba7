import type { LayersModel } from '@tensorflow/tfjs';
import { OnwardError } from '../runtime/common/index.js';

/** `*`, `?`, `[12]`, `[a-c]` and `[!3]` as in a shell; everything else stands for itself. */
export function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/\[!?[^\]]+\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return part.replace('[!', '[^').replaceAll('\\', '\\\\');
    return part.replace(/[.*+?^${}()|[\]\\]/, '\\$&');
  });
  return new RegExp(`^${source}$`, 's');
}

/**
 * Keeps the layers whose names fit a name or glob as they are: their weights are not trained.
 * @throws OnwardError kind `usage` for a glob that fits no layer with weights, or when nothing would be left to train
 */
export function freezeLayers(model: LayersModel, globs: readonly string[]): void {
  for (const glob of globs) {
    const pattern = globPattern(glob);
    const found = model.layers.filter(({ name, weights }) => weights.length > 0 && pattern.test(name));
    if (found.length === 0) {
      const names = model.layers.filter(({ weights }) => weights.length > 0).map(({ name }) => name);
      throw new OnwardError('usage', `--freeze ${glob} fits no layer that has weights; these do: ${names.join(', ')}`);
    }
    for (const layer of found) layer.trainable = false;
  }
  if (model.trainableWeights.length > 0) return;
  throw new OnwardError('usage', `--freeze ${globs.join(' ')} leaves no layer to train; freeze fewer`);
}
