import { InvalidArgumentError } from 'commander';

/** A flag's value as a whole number from `least` up, to `most` where there is an end. */
export const wholeNumber =
  (least = 1, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most) {
      const range = most === Number.MAX_SAFE_INTEGER ? 'up' : `to ${most}`;
      throw new InvalidArgumentError(`Expected a whole number from ${least} ${range}, got "${text}".`);
    }
    return value;
  };

/** A flag's value as a share from 0 up and below 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < 1)) {
    throw new InvalidArgumentError(`Expected a share from 0 up and below 1, got "${text}".`);
  }
  return value;
}

/** A flag's value as a number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError(`Expected a number above 0, got "${text}".`);
  }
  return value;
}
