import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layer, LayersModel } from 'onward/export';
import type { Graph } from 'onward/model';
import { expect } from 'vitest';
import type { LayerFigures } from '#onward/cli/lib/layer-list.js';

/** Where `scripts/layer-figures.mjs` wants what was found; not set when tests are just run. */
const folder = process.env.ONWARD_FIGURES;
export const isWanted = folder !== undefined;

/** Whether a node was written by a layer, going by its name. */
const isOf = (name: string, layer: string) =>
  name === layer || name.startsWith(`${layer}/`) || name.startsWith(`${layer}_`);

/** Names of nodes that bring a value into another order, or that stand around the model. */
const around = /^(start|last|flat|image|end)(\/|$)|\/(nchw|nhwc)(_\d+)?$/;

/** The operators that the layers of a class become in a graph as it is written: without their activations. */
export function operatorsOfClass(graph: Graph, { layers }: LayersModel, className: string): string[] {
  const others = layers.filter((layer) => layer.className !== className).map(({ name }) => name);
  const own = graph.nodes.filter(({ name, op }) => {
    if (around.test(name) || op === 'Identity') return false;
    return (className === 'Activation' || !/\/activation/.test(name)) && !others.some((other) => isOf(name, other));
  });
  return [...new Set(own.map(({ op }) => op))];
}

/** The layers of a model, those in wrappers and in models in it among them. */
export const allLayers = ({ layers }: LayersModel): Layer[] => layers.flatMap(within);
const within = (layer: Layer): Layer[] => [
  layer,
  ...(layer.wrapped ? within(layer.wrapped) : []),
  ...(layer.model ? allLayers(layer.model) : []),
];

/** The operators that one layer of many becomes, going by the names of its nodes alone. */
export const operatorsOfLayer = (graph: Graph, { name, className }: Layer): string[] => [
  ...new Set(
    graph.nodes
      .filter((node) => isOf(node.name, name) && !around.test(node.name) && node.op !== 'Identity')
      .filter((node) => className === 'Activation' || !/\/activation/.test(node.name))
      .map(({ op }) => op),
  ),
];

/** Far: ten times what docs/layers.json says, and more than rounding in another order makes of it. */
const tooFar = (printed: number) => Math.max(10 * printed, 1e-6);

/** Collects what a suite finds of each class. */
export function figures(suite: 'tfjs' | 'keras') {
  const found = new Map<string, { models: number; maxRelDiff: number; operators: Map<string, number> }>();
  const of = (className: string) => {
    const there = found.get(className) ?? { models: 0, maxRelDiff: 0, operators: new Map<string, number>() };
    found.set(className, there);
    return there;
  };
  return {
    note(className: string, difference: number, operators: Iterable<string> = []): void {
      const entry = of(className);
      entry.models += 1;
      entry.maxRelDiff = Math.max(entry.maxRelDiff, difference);
      for (const operator of operators) entry.operators.set(operator, (entry.operators.get(operator) ?? 0) + 1);
    },
    /** After all tests: compares with docs/layers.json, or writes what that is made of. */
    async done(name: string): Promise<void> {
      if (folder) {
        const all = [...found].map(([key, entry]) => [
          key,
          { ...entry, operators: Object.fromEntries(entry.operators) },
        ]);
        await mkdir(join(folder, suite), { recursive: true });
        return writeFile(join(folder, suite, `${name}.json`), JSON.stringify(Object.fromEntries(all)));
      }
      const printed: LayerFigures[] = JSON.parse(await readFile('docs/layers.json', 'utf8'));
      for (const [className, { maxRelDiff }] of found) {
        const said = printed.find((each) => each.class === className)?.[suite];
        // figures.test.ts minds that none is missing.
        if (!said) continue;
        const what = `docs/layers.json, ${className} against ${suite} (node scripts/layer-figures.mjs writes it anew)`;
        expect(maxRelDiff, what).toBeLessThanOrEqual(tooFar(said.maxRelDiff));
      }
    },
  };
}
