import { z } from 'zod';

/** What `GET /health` answers. */
export interface Health {
  readonly status: 'ok';
  /** The model's digest; null for a file that is not ours. */
  readonly model: string | null;
  readonly labels: number;
  readonly engine: string;
  readonly version: string;
  readonly device: string;
  /** Seconds since the server was made. */
  readonly uptime: number;
}

export const healthSchema: z.ZodType<Health> = z
  .object({
    status: z.literal('ok'),
    model: z.string().nullable().meta({ description: "the model's digest; null for a file that is not ours" }),
    labels: z.int().min(0).meta({ description: 'the number of classes' }),
    engine: z.string().meta({ description: 'what runs the model' }),
    version: z.string().meta({ description: 'of the engine' }),
    device: z.string(),
    uptime: z.number().min(0).meta({ description: 'seconds since the start' }),
  })
  .meta({ description: 'what is served, and how' });
