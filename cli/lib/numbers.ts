import { InvalidArgumentError } from 'commander';

/** A flag's value as a whole number from `least` up. */
export const wholeNumber =
  (least = 1) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} up, got "${text}".`);
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
