import { appendFile, mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../../../machine/index.js';
import type { EpochRow } from '../../run-folder.js';
import { encodeEvent, type TensorboardEvent } from './event.js';
import { tfRecord } from './record.js';

/** What TensorBoard shows of a training, with the tags that Keras gives: a curve a part in one picture. */
const parts: { readonly [part: string]: (row: EpochRow) => { readonly [tag: string]: number } } = {
  train: (row) => ({
    epoch_loss: row.loss,
    epoch_accuracy: row.accuracy,
    epoch_learning_rate: row.learning_rate,
    epoch_seconds: row.seconds,
  }),
  validation: (row) => ({ epoch_loss: row.val_loss, epoch_accuracy: row.val_accuracy }),
};

export interface EventFiles {
  add(row: EpochRow): Promise<void>;
}

const recordOf = (event: TensorboardEvent) => tfRecord(encodeEvent(event));

/**
 * Begins event files in `folder`, one a part, with the epochs that there are. They grow by an epoch at a time, so that
 * TensorBoard can watch; those of an interrupted training are written anew, as its last record may not be whole.
 */
export async function beginEventFiles(folder: string, history: readonly EpochRow[]): Promise<EventFiles> {
  const now = Date.now() / 1000;
  const name = `events.out.tfevents.${String(Math.floor(now)).padStart(10, '0')}.${hostname()}`;
  await rm(folder, { recursive: true, force: true });
  for (const [part, values] of Object.entries(parts)) {
    const events: TensorboardEvent[] = [
      { time: now, fileVersion: 'brain.Event:2' },
      ...history.map((row) => ({ time: now, step: row.epoch, values: values(row) })),
    ];
    await mkdir(join(folder, part), { recursive: true });
    await writeWhole(join(folder, part, name), Buffer.concat(events.map(recordOf)));
  }
  return {
    async add(row) {
      for (const [part, values] of Object.entries(parts)) {
        await appendFile(
          join(folder, part, name),
          recordOf({ time: Date.now() / 1000, step: row.epoch, values: values(row) }),
        );
      }
    },
  };
}
