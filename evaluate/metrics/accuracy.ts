import { wilson } from '../statistics/wilson.js';
import type { Scored } from './scored.js';

/** Share of the images that are called what they are, 0..1, with the Wilson interval of 95 %. */
export function accuracy({ labels, predicted }: Scored) {
  let correct = 0;
  for (let image = 0; image < labels.length; image++) if (predicted[image] === labels[image]) correct++;
  const [low, high] = wilson(correct, labels.length);
  return { correct, value: correct / labels.length, low, high };
}
