import { z } from 'zod';
import { closest } from '../../runtime/common/index.js';
import { ratePattern } from '../http/index.js';

/** What a setting may be. */
export interface Kind<T> {
  /** For messages and tables: `a whole number from 1 up`. */
  readonly expected: string;
  /** What stands for it in `--help`; undefined for what is set by being named. */
  readonly placeholder: string | undefined;
  /** As it stands in a file: a JSON value. */
  readonly schema: z.ZodType<T, unknown>;
  /** A flag's or a variable's text as that value. */
  parse(text: string): unknown;
  /** What was probably meant. */
  near?(value: unknown): string | undefined;
}

const numberOf = (text: string) => (text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text));

export function whole(least = 1, most = Number.MAX_SAFE_INTEGER, placeholder = 'n'): Kind<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
  return {
    expected: `a whole number ${range}`,
    placeholder,
    schema: z.int().min(least).max(most),
    parse: numberOf,
  };
}

export const positive = (placeholder: string): Kind<number> => ({
  expected: 'a number above 0',
  placeholder,
  schema: z.number().gt(0),
  parse: numberOf,
});

export const text = (placeholder: string, expected = 'a text'): Kind<string> => ({
  ...{ expected, placeholder },
  schema: z.string().min(1),
  parse: (text) => text,
});

export const yesNo: Kind<boolean> = {
  expected: 'true or false',
  placeholder: undefined,
  schema: z.boolean(),
  // Variables have no other words for it.
  parse: (text) =>
    ({ true: true, '1': true, yes: true, false: false, '0': false, no: false })[text.toLowerCase()] ?? text,
};

export const choice = <const T extends string>(names: readonly T[], placeholder: string): Kind<T> => ({
  expected: `one of ${names.join(', ')}`,
  placeholder,
  schema: z.enum(names) as unknown as z.ZodType<T, unknown>,
  parse: (text) => text,
  near: (value) => (typeof value === 'string' ? closest(value, names) : undefined),
});

/** `660`, in a file as a text: JSON has no octal numbers. */
export const fileMode: Kind<string> = {
  expected: 'the rights of a file in octal, for example 660',
  placeholder: 'mode',
  schema: z.string().regex(/^0?[0-7]{3}$/),
  parse: (text) => text,
};

/** `a,b`, in a file also a list. */
export const list = (placeholder: string, expected: string): Kind<readonly string[]> => ({
  ...{ expected, placeholder },
  schema: z
    .union([z.string(), z.array(z.string())])
    .transform((value) =>
      (typeof value === 'string' ? value.split(',') : value).map((one) => one.trim()).filter(Boolean),
    ),
  parse: (text) => text,
});

/** `0,1`, in a file also a list, or one number. */
export const devices: Kind<readonly number[]> = {
  expected: 'whole numbers from 0 up, for example 0 or 0,1',
  placeholder: 'numbers',
  schema: z
    .union([z.int().min(0), z.string().regex(/^\d{1,3}(,\d{1,3})*$/), z.array(z.int().min(0)).min(1)])
    .transform((value) => (typeof value === 'string' ? value.split(',').map(Number) : [value].flat())),
  parse: (text) => text.replaceAll(' ', ''),
};

export const rate: Kind<string> = {
  expected: 'a rate, for example 100/s, 20/m or 1000/h',
  placeholder: 'rate',
  schema: z.string().regex(ratePattern),
  parse: (text) => text,
};

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};
// Without the flag for both cases: JSON Schema has none.
const bytesPattern = /^(\d+(?:\.\d+)?)\s*([kKmMgG]i?)?[bB]?$/;

/** `2GB`, `512 MiB` or `1000000` */
export const bytes: Kind<number> = {
  expected: 'bytes, for example 512MB or 2GB',
  placeholder: 'bytes',
  schema: z
    .union([z.int().min(1), z.string().regex(bytesPattern)])
    .transform((value) => {
      if (typeof value === 'number') return value;
      const [, number, unit] = bytesPattern.exec(value)!;
      return Math.round(Number(number) * units[(unit ?? '').toLowerCase()]!);
    })
    .refine((value) => value >= 1 && Number.isSafeInteger(value)),
  parse: (text) => numberOf(text.trim()),
};
