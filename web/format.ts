/** `99.87 %`; never 100 for what is not certain, never 0 for what is possible. */
export function percent(p: number): string {
  if (p > 0.9999 && p < 1) return '> 99.99 %';
  if (p < 0.0001 && p > 0) return '< 0.01 %';
  return `${(p * 100).toFixed(p >= 0.1 ? 1 : 2)} %`;
}

/** `0.8 ms`, `12 ms`, `2.8 s` */
export function duration(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

export function fileSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `2.1e-8`; 0 as it is. */
export const difference = (value: number) => (value === 0 ? '0' : value.toExponential(1));

/** A message as a sentence of its own: a capital, a full stop. */
export const sentence = (text: string) =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
