import { tolerance } from './tolerance.js';
import { webEngine } from './web-engine.node.js';

export const webWebgpu = webEngine({ name: 'web-webgpu', tolerance: tolerance.gpu });
