import { join } from 'node:path';
import type { Dataset } from '../../data/index.js';
import type { Metrics, Part } from '../../evaluate/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { type LoadedModel, loadModelFile } from '../../runtime/model/index.node.js';
import type { StudyContext } from '../context.js';

/** The class whose mistakes and feature maps the study shows. */
export const shownClass = '2';

/** The model that a training exported. */
export const modelIn = ({ out }: StudyContext, file: string): Promise<LoadedModel> => loadModelFile(join(out, file));

/** A part of the study, to evaluate on. */
export const studyPart = ({ parts }: StudyContext, name: 'val' | 'test'): Part => ({
  name,
  dataset: parts[name],
  how: 'as the study divided it',
  unseen: true,
});

/** What decides the images of a part: which they are, and their order. */
export const imagesOf = ({ length, digest, labels, shape }: Dataset) => ({
  ...{ length, digest, shape },
  order: Array.from(labels).join(''),
});

/** Accuracy with its 95 % interval, both 0..1. */
export interface Accuracy {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly correct: number;
  readonly images: number;
}

export const accuracyOf = ({ accuracy }: Metrics, images: number): Accuracy => ({ ...accuracy, images });

/** @throws OnwardError kind `interrupted` once the signal has fired */
export function requireGoingOn({ signal }: StudyContext): void {
  if (signal?.aborted) throw new OnwardError('interrupted', 'stopped');
}
