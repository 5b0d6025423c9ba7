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

/** @throws OnwardError kind `usage` for a glob that fits no layer with weights */
function layersFitting(model: LayersModel, flag: string, glob: string): LayersModel['layers'] {
  const pattern = globPattern(glob);
  const weighty = model.layers.filter(({ weights }) => weights.length > 0);
  const found = weighty.filter(({ name }) => pattern.test(name));
  if (found.length > 0) return found;
  throw new OnwardError(
    'usage',
    `${flag} ${glob} fits no layer that has weights; these do: ${weighty.map(({ name }) => name).join(', ')}`,
  );
}

/**
 * Keeps the layers whose names fit a name or glob as they are: their weights are not trained. First those that the
 * recipe keeps and that fit `unfreeze` are trained after all.
 * @throws OnwardError kind `usage` for a glob that fits no layer with weights, or when nothing would be left to train
 */
export function freezeLayers(model: LayersModel, freeze: readonly string[], unfreeze: readonly string[] = []): void {
  for (const glob of unfreeze) for (const layer of layersFitting(model, '--unfreeze', glob)) layer.trainable = true;
  for (const glob of freeze) for (const layer of layersFitting(model, '--freeze', glob)) layer.trainable = false;
  if (model.trainableWeights.length > 0) return;
  throw new OnwardError('usage', `--freeze ${freeze.join(' ')} leaves no layer to train; freeze fewer`);
}
