import type { LayerConfig } from './layers-model.js';

interface Inner {
  readonly class_name?: unknown;
  readonly config?: LayerConfig;
}

/** What makes no difference to what a trained layer computes, or must differ between the two directions. */
const isAside = (key: string) =>
  /^(name|go_backwards|dtype|seed|trainable)$|_(initializer|regularizer|constraint)$/.test(key);

function likeness({ class_name: name, config = {} }: Inner): string {
  const kept = Object.entries(config).filter(([key]) => !isAside(key));
  return JSON.stringify([name, kept.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/**
 * Keras 3 writes the backward layer of a Bidirectional whether or not somebody gave one. Where it is the forward one
 * turned around, as Keras makes it and as TensorFlow.js always has it, it says nothing.
 */
export function withoutMirror(config: LayerConfig): LayerConfig {
  const { backward_layer: backward, ...others } = config;
  const [there, back] = [config.layer, backward] as [Inner | undefined, Inner | null | undefined];
  if (!there || !back || likeness(there) !== likeness(back)) return config;
  const isTurned = (there.config?.go_backwards === true) !== (back.config?.go_backwards === true);
  return isTurned ? others : config;
}
