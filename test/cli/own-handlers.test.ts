import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lastLine, onward } from './onward.js';

const folder = await mkdtemp(join(tmpdir(), 'onward-handlers-'));
afterAll(() => rm(folder, { recursive: true }));
const model = 'test/export/keras/files/convolutional.keras';

/** What the command says with a module of this text. */
async function withModule(text: string) {
  const module = join(folder, 'handlers.mjs');
  await writeFile(module, text);
  const finished = await onward(['export', model, '-o', join(folder, 'out.onnx'), '--handlers', module]);
  return [finished.code, lastLine(finished)];
}

describe('onward export --handlers', () => {
  const wrong: [string, string, RegExp][] = [
    ['that gives nothing', 'export const handlers = {};', /expected a default export of handlers .*, got none$/],
    ['that gives something else', 'export default { Dense: 1 };', /got number for "Dense"$/],
    ['with a mistake in it', 'export default {', /cannot be loaded as a JavaScript module \(.*Unexpected/],
  ];
  it.each(wrong)('refuses a module %s', async (_, text, sentence) => {
    expect(await withModule(text)).toEqual([1, expect.stringMatching(sentence)]);
  });

  it('refuses a module that is not there', async () => {
    const finished = await onward(['export', model, '-o', join(folder, 'out.onnx'), '--handlers', 'nowhere.mjs']);
    expect([finished.code, lastLine(finished)]).toEqual([
      1,
      expect.stringMatching(/nowhere\.mjs: it cannot be loaded/),
    ]);
  });

  it('takes a handler in place of one of ours', async () => {
    const message = 'this one is mine';
    const text = `export default new Map([['Conv2D', () => { throw new Error('${message}'); }]]);`;
    expect(await withModule(text)).toEqual([1, expect.stringContaining(message)]);
  });
});
