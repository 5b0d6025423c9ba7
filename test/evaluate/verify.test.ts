import type { Engine, EngineName, Session } from 'onward/engines';
import { type Images, verify } from 'onward/evaluate';
import type { LoadedModel } from 'onward/model';
import { describe, expect, it } from 'vitest';

/** What a comparison needs of a model of two classes on images of one byte. */
const model = {
  name: 'small.onnx',
  labels: ['dark', 'bright'],
  input: { width: 1, height: 1, channels: 1, fit: 'stretch', background: [0, 0, 0] },
  provenance: { backend: 'native' },
} as unknown as LoadedModel;

const images: Images = {
  name: '100 shades',
  length: 100,
  slice: async (start, count) => Uint8Array.from({ length: count }, (_, i) => 2 * (start + i)),
};

/** An engine that says how bright a pixel is, `off` by so much. */
function engine(
  name: EngineName,
  { off = 0, slow = false, there = true, fails = '' } = {},
): Engine & { calls: number[] } {
  const calls: number[] = [];
  const session: Session = {
    ...{ engine: name, version: '1', device: 'none', slow, model },
    async predict(bytes, count) {
      calls.push(count);
      return Float32Array.from({ length: count * 2 }, (_, i) => {
        const bright = bytes[Math.floor(i / 2)]! / 255 + off;
        return i % 2 === 1 ? bright : 1 - bright;
      });
    },
    close: async () => {},
  };
  return {
    ...{ name, tolerance: 1e-5, slow, calls },
    probe: async () =>
      there
        ? { available: true, version: '1', device: 'none' }
        : { available: false, reason: 'it is elsewhere', remedy: 'go there' },
    async open() {
      if (fails) throw new Error(fails);
      return session;
    },
  };
}

const verdicts = (report: Awaited<ReturnType<typeof verify>>) => report.engines.map(({ verdict }) => verdict);

describe('verify', () => {
  it('compares with the first engine that is there, and says that it is not the one that trained', async () => {
    const report = await verify(model, { images, engines: [engine('ort-cpu'), engine('web-wasm', { off: 1e-6 })] });
    expect(verdicts(report)).toEqual(['reference', 'agrees']);
    expect(report).toMatchObject({ reference: 'ort-cpu', passed: true, images: '100 shades' });
    expect(report.standIn).toContain('layers model');
  });

  it('names an engine that differs, in numbers and in words', async () => {
    const report = await verify(model, { images, engines: [engine('ort-cpu'), engine('web-wasm', { off: 0.01 })] });
    expect(report.passed).toBe(false);
    expect(report.engines[1]).toMatchObject({ verdict: 'differs', reason: expect.stringContaining('1e-5') });
    expect(report.engines[1]!.maxAbsDiff).toBeCloseTo(0.01, 6);
  });

  it('does not take an engine for the reference that predicts the first images alone', async () => {
    const slow = engine('web-webgpu', { slow: true });
    const report = await verify(model, { images, engines: [slow, engine('ort-cpu')], slowLimit: 10 });
    expect(report.reference).toBe('ort-cpu');
    expect(report.engines.map((row) => row.images)).toEqual([10, 100]);
    expect(verdicts(report)).toEqual(['agrees', 'reference']);
    // In small batches, so that it can be stopped.
    expect(Math.max(...slow.calls)).toBeLessThanOrEqual(8);
  });

  it('goes on past one that is absent or fails, and does not pass then', async () => {
    const report = await verify(model, {
      images,
      engines: [
        engine('ort-cuda', { there: false }),
        engine('ort-webgpu', { fails: 'no such kernel' }),
        engine('ort-cpu'),
      ],
    });
    expect(verdicts(report)).toEqual(['absent', 'failed', 'reference']);
    expect(report.engines.map(({ reason }) => reason)).toEqual(['it is elsewhere; go there', 'no such kernel', null]);
    expect(report.passed).toBe(false);
    await expect(verify(model, { images, engines: [engine('ort-cuda', { there: false })] })).rejects.toMatchObject({
      kind: 'missing',
    });
  });

  it('says that what is not a number is none', async () => {
    const report = await verify(model, {
      images,
      engines: [engine('ort-cpu'), engine('web-wasm', { off: Number.NaN })],
    });
    expect(report.engines[1]).toMatchObject({ verdict: 'differs', reason: expect.stringContaining('not all numbers') });
  });

  it('stops when it is told to, and needs images', async () => {
    const controller = new AbortController();
    const stopped = verify(model, {
      images,
      engines: [engine('ort-cpu')],
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ kind: 'interrupted' });
    await expect(verify(model)).rejects.toMatchObject({ kind: 'input', message: expect.stringContaining('--data') });
    await expect(verify(model, { images: { ...images, length: 0 } })).rejects.toMatchObject({ kind: 'input' });
  });
});
