import { defaultEngine, engineByName, engineNames, engines } from 'onward/engines';
import { expect, it } from 'vitest';
import { describeEngine } from './contract.js';

it('lists every engine once, in the order of their names', () => {
  expect(engines.map((engine) => engine.name)).toEqual([...engineNames]);
  expect(defaultEngine().name).toBe('ort-cpu');
});

it('finds an engine by its name, and names the closest for another', () => {
  expect(engineByName('web-wasm').name).toBe('web-wasm');
  expect(() => engineByName('ort-cup')).toThrow('unknown engine "ort-cup": did you mean ort-cpu?');
});

for (const engine of engines) describeEngine(engine);
