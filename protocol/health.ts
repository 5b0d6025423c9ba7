import { z } from 'zod';
import { type IndexEntry, modelStates } from './repository.js';

/** What `GET /health` answers. */
export interface Health {
  readonly status: 'ok';
  /** Of the model that answers requests which name none: its digest; null for a file that is not ours. */
  readonly model: string | null;
  readonly labels: number;
  /** Null, as `version` and `device`, where several models are there and none is the default. */
  readonly engine: string | null;
  readonly version: string | null;
  readonly device: string | null;
  /** Every version of every model. */
  readonly models: readonly Pick<IndexEntry, 'name' | 'version' | 'state'>[];
  /** Seconds since the server was made. */
  readonly uptime: number;
}

export const healthSchema: z.ZodType<Health> = z
  .object({
    status: z.literal('ok'),
    model: z.string().nullable().meta({ description: "the model's digest; null for a file that is not ours" }),
    labels: z.int().min(0).meta({ description: 'the number of classes' }),
    engine: z.string().nullable().meta({ description: 'what runs the model' }),
    version: z.string().nullable().meta({ description: 'of the engine' }),
    device: z.string().nullable(),
    models: z
      .array(z.object({ name: z.string(), version: z.string(), state: z.enum(modelStates) }))
      .meta({ description: 'every version of every model' }),
    uptime: z.number().min(0).meta({ description: 'seconds since the start' }),
  })
  .meta({ description: 'what is served, and how' });
