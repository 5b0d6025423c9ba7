import { OnwardError } from '../../runtime/common/index.js';
import { collect } from '../collect.js';
import { fixedSpec } from '../fixed-spec.js';
import type { Source } from '../source.js';
import { side } from '../street/draw.js';
import { drawMany } from '../street/draw-many.js';

/** Raised whenever a seed draws other pixels than before: what lies in the cache is then not found again. */
const drawing = 1;
const usual = { count: 20_000, seed: 1 };
const most = 10_000_000;

/**
 * House numbers' digits as a camera in the street sees them, 32x32 in colour, drawn here from open fonts: `street-digits`,
 * `street-digits:50000`, `street-digits:50000,seed=2`. The same seed gives the same bytes on every machine, and a larger
 * count begins with the images of a smaller one.
 */
export const streetDigits: Source = {
  name: 'street-digits',
  matches: (spec) => /^street-digits(:|$)/.test(spec),
  async open(written, options) {
    const { count, seed } = parse(written);
    const name = `street-digits:${count},seed=${seed}`;
    const spec = fixedSpec(name, { width: side, height: side, channels: 3 }, options);
    const { threads, onProgress, signal, memory } = options;
    const train = await collect(
      {
        name,
        spec,
        classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
        length: count,
        identity: ['street-digits', drawing, seed],
        memory,
      },
      (put) => drawMany({ seed, count, channels: spec.channels, threads, onProgress, signal }, put),
    );
    return { name, train, skipped: [], notes: [] };
  },
};

function parse(written: string): { count: number; seed: number } {
  const parts = written.slice('street-digits'.length).replace(/^:/, '').split(',').filter(Boolean);
  const found: { count: number; seed: number } = { ...usual };
  for (const part of parts) {
    const [, name = 'count', digits] = /^(?:(count|seed)=)?(\d{1,15})$/.exec(part) ?? [];
    const value = Number(digits);
    if (digits === undefined || (name === 'count' && (value < 10 || value > most))) {
      throw new OnwardError(
        'usage',
        `expected street-digits:<images>,seed=<number> with 10 to ${most} images, got "${written}" (${part}): write street-digits:${usual.count},seed=${usual.seed}`,
      );
    }
    found[name as 'count' | 'seed'] = value;
  }
  return found;
}
