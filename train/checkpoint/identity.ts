import type { LayersModel } from '@tensorflow/tfjs';
import type { Split } from '../../data/index.js';
import { sha256Hex } from '../../runtime/common/index.js';
import type { Schedule } from '../schedule.js';

/**
 * What makes two trainings the same one: each part by the name that people know it by. JSON and nothing else, so that it
 * compares as text.
 */
export type Identity = { readonly [part: string]: unknown };

const digest = (value: unknown) => sha256Hex(new TextEncoder().encode(JSON.stringify(value)));

/**
 * The images of a split. A dataset's digest does not depend on the images' order, but a training does: the labels in their
 * order tell most orders apart.
 */
export const datasetIdentity = (split: Split): string =>
  digest(
    [split.train, split.val, split.test].map((part) => [
      part.digest,
      sha256Hex(new Uint8Array(Uint32Array.from(part.labels).buffer)),
    ]),
  );

/** Layers with their settings and shapes, but for names that TensorFlow.js counts up in one process. */
export const architectureIdentity = (model: LayersModel): string =>
  digest(
    model.layers.map((layer) => {
      const { name: _, ...config } = layer.getConfig() as Record<string, unknown>;
      return [layer.getClassName(), config, layer.weights.map(({ shape }) => shape)];
    }),
  );

/** A schedule, by what it gives. */
export const scheduleIdentity = (schedule: Schedule): string =>
  digest(Array.from({ length: 101 }, (_, i) => schedule(i / 100)));

/** One digest for all parts: 64 hex digits. */
export const digestOfIdentity = (identity: Identity): string => digest(Object.entries(identity).sort());

/** The parts in which two differ, with what each has. */
export function differences(before: Identity, now: Identity): { part: string; before: unknown; now: unknown }[] {
  const parts = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return parts
    .filter((part) => JSON.stringify(before[part]) !== JSON.stringify(now[part]))
    .map((part) => ({ part, before: before[part], now: now[part] }));
}
