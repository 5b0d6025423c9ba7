import { z } from 'zod';

export const modelStates = ['READY', 'UNAVAILABLE', 'LOADING', 'UNLOADING'] as const;

/** A model of a server, whether it is loaded or not. */
export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly state: (typeof modelStates)[number];
  /** Why it is not ready; else empty. */
  readonly reason: string;
}

export const indexEntrySchema: z.ZodType<IndexEntry> = z
  .object({
    name: z.string(),
    version: z.string(),
    state: z.enum(modelStates),
    reason: z.string().meta({ description: 'why it is not ready; else empty' }),
  })
  .meta({ description: 'a model of the server, loaded or not' });

/** Of `POST /v2/repository/index`. */
export const indexBodySchema = z
  .looseObject({ ready: z.boolean().optional().meta({ description: 'only those that are ready' }) })
  .meta({ description: 'which models to list' });

/** Of loading and unloading: no file and no configuration comes in a request. */
export const loadBodySchema = z
  .looseObject({ parameters: z.strictObject({ unload_dependents: z.unknown() }).partial().nullish() })
  .meta({ description: 'nothing, or what clients of the protocol send' });
