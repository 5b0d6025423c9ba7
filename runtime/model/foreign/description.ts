import { z } from 'zod';
import { OnwardError } from '../../common/index.js';
import { issueOf } from '../issue.js';
import { labelsSchema, maxPixels, maxSide } from '../metadata.js';

/** What a graph that is not ours does not say of itself as an image classifier. Everything may be left out. */
export interface ClassifierDescription {
  /** The names of the graph's input and output that are meant, where it has several. */
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly layout?: 'NHWC' | 'NCHW' | undefined;
  readonly channels?: 'RGB' | 'BGR' | 'gray' | undefined;
  /** A value of the graph's input is `(byte * scale - mean) / std`; mean and std in the order of the graph's channels. */
  readonly scale?: number | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly labels?: readonly string[] | undefined;
  /** Whether the output needs a softmax. */
  readonly softmax?: boolean | undefined;
  readonly fit?: 'contain' | 'cover' | 'stretch' | undefined;
  readonly background?: readonly [number, number, number] | undefined;
}

const side = z.int().min(1).max(maxSide).optional();
const level = z.int().min(0).max(255);
/** One number stands for every channel. */
const perChannel = (number: z.ZodType<number>) =>
  z.preprocess((value) => (typeof value === 'number' ? [value] : value), z.array(number).min(1).max(3)).optional();
const name = z.string().min(1).optional();

/** Where labels are in a file of their own, `labels` is its path; who reads files puts them in. */
const schema = z
  .strictObject({
    $schema: z.string().optional(),
    ...{ input: name, output: name, width: side, height: side },
    layout: z.enum(['NHWC', 'NCHW']).optional(),
    channels: z.enum(['RGB', 'BGR', 'gray']).optional(),
    scale: z.number().gt(0).optional(),
    mean: perChannel(z.number()),
    std: perChannel(z.number().gt(0)),
    labels: labelsSchema.optional(),
    softmax: z.boolean().optional(),
    fit: z.enum(['contain', 'cover', 'stretch']).optional(),
    background: z.tuple([level, level, level]).optional(),
  })
  .refine(({ width = 1, height = 1 }) => width * height <= maxPixels, `expected at most ${maxPixels} pixels`);

/**
 * @param value as it stands in JSON
 * @param where for messages
 * @throws OnwardError kind `input` with the first thing that is wrong
 */
export function parseDescription(value: unknown, where: string): ClassifierDescription {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new OnwardError('input', `${where}: ${issueOf(parsed.error)}`);
  const { $schema, ...description } = parsed.data;
  return description;
}
