/**
 * Compares names as a person would: runs of digits by their value (`img2` before `img10`), all else by character code,
 * whatever the machine's language is. Equal values with different zeros (`1`, `01`) go by length, so only equal names tie.
 */
export function naturalOrder(a: string, b: string): number {
  const left = a.match(/\d+|\D/gu) ?? [];
  const right = b.match(/\d+|\D/gu) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compare(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length || a.length - b.length || plain(a, b);
}

function compare(x: string, y: string): number {
  if (!/^\d/.test(x) || !/^\d/.test(y)) return plain(x, y);
  const [p, q] = [x.replace(/^0+/, ''), y.replace(/^0+/, '')];
  return p.length - q.length || plain(p, q);
}

function plain(x: string, y: string): number {
  return x < y ? -1 : x > y ? 1 : 0;
}
