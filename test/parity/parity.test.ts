import { engines } from 'onward/engines';
import { recipes } from 'onward/train';
import { isHeavy, parity } from './contract.js';

/** Those that a processor runs: heavy networks meet the others in test/slow. */
const quick = engines.filter(({ name }) => ['tfjs-native', 'ort-cpu', 'ort-cuda', 'web-wasm'].includes(name));

for (const recipe of recipes) {
  if (!isHeavy(recipe)) parity(recipe, { engines, images: 1600, epochs: 2, compared: 100 });
  // The other one has the same network.
  else if (recipe.name !== 'simplenet-augmented')
    parity(recipe, { engines: quick, images: 48, epochs: 1, compared: 4 });
}
