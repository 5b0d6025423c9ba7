import { wilson } from '../statistics/wilson.js';
import type { Scored } from './scored.js';

/** Share of the images that are called what they are, 0..1, with the Wilson interval of 95 %. */
export function accuracy({ labels, predicted }: Scored) {
  let correct = 0;
  for (const [image, label] of labels.entries()) if (predicted[image] === label) correct++;
  const [low, high] = wilson(correct, labels.length);
  return { correct, value: correct / labels.length, low, high };
}
