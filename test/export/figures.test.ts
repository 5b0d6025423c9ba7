import { readFile } from 'node:fs/promises';
import { handlers } from 'onward/export';
import { describe, expect, it } from 'vitest';
import { layerRows, readLayerFigures } from '#onward/cli/lib/layer-list.js';
import { table } from '#onward/cli/lib/table.js';
import { onward } from '../cli/onward.js';

const figures = await readLayerFigures();

// `node scripts/layer-figures.mjs` writes what these want.
describe('the figures of the layer classes', () => {
  it('are there for every class that has a handler, and for what models are made of', () => {
    const models = ['Functional', 'InputLayer', 'Model', 'Sequential'];
    expect(figures.map((each) => each.class)).toEqual([...models, ...handlers.keys()].sort());
  });

  it('come from a comparison each, within the tolerances', () => {
    const without = figures.filter(({ tfjs, keras }) => !tfjs && !keras).map((each) => each.class);
    expect(without).toEqual([
      // Keras 2's names of CustomScaleLayer and of Functional.
      'Custom>CustomScaleLayer',
      'Model',
      // Of Keras 2 and of ConvNeXt: they do nothing when a model runs.
      'RandomHeight',
      'StochasticDepth',
      // Functions of TensorFlow's that Keras 3 has no class for.
      'keras.ops.Identity',
      'keras.ops.Mish',
    ]);
    for (const { tfjs, keras } of figures) {
      for (const found of [tfjs, keras]) if (found) expect(found.maxRelDiff).toBeLessThanOrEqual(1e-5);
    }
  });

  it('are what onward export --list-layers prints, and the table in docs/export.md', async () => {
    const { code, stdout } = await onward(['export', '--list-layers']);
    expect([code, stdout.trimEnd()]).toEqual([0, table(layerRows(figures))]);
    expect(JSON.parse((await onward(['export', '--list-layers', '--json'])).stdout)).toEqual(figures);
    const text = await readFile('docs/export.md', 'utf8');
    const rows = /<!-- layers -->\n([\s\S]*?)\n<!-- end of layers -->/.exec(text)![1]!.split('\n');
    const cells = rows.map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
    expect([cells[0], ...cells.slice(2)]).toEqual(layerRows(figures));
  });
});
