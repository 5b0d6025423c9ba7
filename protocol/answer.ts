import { z } from 'zod';

/** A class and how likely it is. */
export interface Chance {
  readonly label: string;
  /** Its place in the model's labels. */
  readonly index: number;
  readonly probability: number;
}

/** What of an image counts for a class. */
export interface HeatPicture {
  readonly label: string;
  readonly title: string;
  /** How it was made. */
  readonly how: string;
  /** A PNG as a `data:` address. */
  readonly image: string;
}

/** What `POST /classify` answers for one image. */
export interface Answer extends Chance {
  /** One a class, in the order of `labels`; float32 values. Not there with `?top=`. */
  readonly probabilities?: readonly number[];
  readonly labels?: readonly string[];
  /** With `?top=`: so many classes, the likeliest first. */
  readonly top?: readonly Chance[];
  /** With `?tta=`: of so many draws this is the mean. */
  readonly draws?: number;
  /** With `?explain=`. */
  readonly heat?: HeatPicture;
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
    draws: z.int().min(1).exactOptional().meta({ description: 'with `?tta=`: of so many draws this is the mean' }),
    heat: z
      .object({
        label: z.string(),
        title: z.string(),
        how: z.string(),
        image: z.string().meta({ description: 'a PNG as a `data:` address' }),
      })
      .exactOptional()
      .meta({ description: 'with `?explain=`: what of the image counts for a class' }),
    engine: z.string().meta({ description: 'what ran the model' }),
    milliseconds: z
      .number()
      .min(0)
      .meta({ description: 'decoding, fitting and inference of its batch, without waiting and sending' }),
  })
  .meta({ description: 'the likeliest class of an image, and the others' });
