/**
 * Undoes the filters of `rows` scanlines in place (PNG specification, 9). Every line is a filter byte and `stride` bytes.
 *
 * @param at where the first line starts in `data`
 * @param step bytes a pixel, at least 1
 * @returns what is wrong, or undefined
 */
export function unfilter(data: Uint8Array, at: number, rows: number, stride: number, step: number): string | undefined {
  for (let y = 0; y < rows; y++) {
    const filter = data[at]!;
    const start = at + 1;
    const end = start + stride;
    const first = Math.min(start + step, end);
    // The line above; above the first line all is 0.
    const up = y === 0 ? -1 : start - stride - 1;
    switch (filter) {
      case 0:
        break;
      case 1:
        for (let i = first; i < end; i++) data[i] = data[i]! + data[i - step]!;
        break;
      case 2:
        if (up >= 0) for (let i = start, u = up; i < end; i++, u++) data[i] = data[i]! + data[u]!;
        break;
      case 3:
        if (up < 0) {
          for (let i = first; i < end; i++) data[i] = data[i]! + (data[i - step]! >> 1);
        } else {
          let i = start;
          let u = up;
          for (; i < first; i++, u++) data[i] = data[i]! + (data[u]! >> 1);
          for (; i < end; i++, u++) data[i] = data[i]! + ((data[i - step]! + data[u]!) >> 1);
        }
        break;
      case 4:
        if (up < 0) {
          for (let i = first; i < end; i++) data[i] = data[i]! + data[i - step]!;
        } else {
          let i = start;
          let u = up;
          for (; i < first; i++, u++) data[i] = data[i]! + data[u]!;
          for (; i < end; i++, u++) data[i] = data[i]! + paeth(data[i - step]!, data[u]!, data[u - step]!);
        }
        break;
      default:
        return `line ${y} has the unknown filter ${filter}`;
    }
    at = end;
  }
  return undefined;
}

function paeth(left: number, up: number, corner: number): number {
  const byLeft = Math.abs(up - corner);
  const byUp = Math.abs(left - corner);
  const byCorner = Math.abs(left + up - 2 * corner);
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}
