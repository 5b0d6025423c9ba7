import { engines } from 'onward/engines';
import { recipes } from 'onward/train';
import { isHeavy, parity } from '../parity/contract.js';

for (const recipe of recipes.filter(isHeavy)) parity(recipe, { engines, images: 256, epochs: 1, compared: 16 });
