import { z } from 'zod';

/** A class and how likely it is. */
export interface Chance {
  readonly label: string;
  /** Its place in the model's labels. */
  readonly index: number;
  readonly probability: number;
}

/** What `POST /classify` answers for one image. */
export interface Answer extends Chance {
  /** One a class, in the order of `labels`; float32 values. Not there with `?top=`. */
  readonly probabilities?: readonly number[];
  readonly labels?: readonly string[];
  /** With `?top=`: so many classes, the likeliest first. */
  readonly top?: readonly Chance[];
  readonly engine: string;
  /** Decoding, fitting and inference of its batch, in the worker; waiting and sending are not in it. */
  readonly milliseconds: number;
}

const chance = {
  label: z.string().meta({ description: 'the class' }),
  index: z.int().min(0).meta({ description: "its place in the model's labels" }),
  probability: z.number().min(0).max(1),
};

export const chanceSchema: z.ZodType<Chance> = z.object(chance).meta({ description: 'a class and how likely it is' });

export const answerSchema: z.ZodType<Answer> = z
  .object({
    ...chance,
    probabilities: z
      .array(z.number().min(0).max(1))
      .exactOptional()
      .meta({ description: 'one a class, in the order of `labels`; not there with `?top=`' }),
    labels: z.array(z.string()).exactOptional().meta({ description: 'not there with `?top=`' }),
    top: z.array(chanceSchema).exactOptional().meta({ description: 'with `?top=`: the likeliest first' }),
    engine: z.string().meta({ description: 'what ran the model' }),
    milliseconds: z
      .number()
      .min(0)
      .meta({ description: 'decoding, fitting and inference of its batch, without waiting and sending' }),
  })
  .meta({ description: 'the likeliest class of an image, and the others' });
