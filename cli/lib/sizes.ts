const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `3.2 kB`, `553.4 MB`: powers of 1,000. */
export function fileSize(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 999.95 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `15,470,264,320 (15.5 G)`: every digit, and from a million up a word for them. */
export function bigNumber(count: number): string {
  const all = count.toLocaleString('en');
  const found = [1e12, 1e9, 1e6].findIndex((unit) => count >= unit);
  if (found < 0) return all;
  const value = count / [1e12, 1e9, 1e6][found]!;
  return `${all} (${value.toPrecision(3)} ${'TGM'[found]})`;
}
