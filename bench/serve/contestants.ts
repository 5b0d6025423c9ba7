import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../benchmark.js';
import { classifierFile, floatsFile } from './network.js';
import { startFastapi } from './servers.js';
import { startTuned } from './tuned.js';

/** Servers of one small net, each on its port. */
export interface Contestants {
  /** Of onward: by tensors, and by images. */
  readonly floats: number;
  readonly classifier: number;
  readonly fastapi: number;
  /** What each runs on. */
  readonly about: string;
}

/** Lets all of them stand while the work is done. */
export async function withContestants(bench: Bench, work: (contestants: Contestants) => Promise<void>): Promise<void> {
  const [floats, classifier] = [join(bench.folder, 'floats.onnx'), join(bench.folder, 'classifier.onnx')];
  await writeFile(floats, floatsFile());
  await writeFile(classifier, classifierFile());
  const { path } = await (await bench.python()).ask<{ path: string }>('where');
  const [own, pictures, fastapi] = [
    await startTuned(floats),
    await startTuned(classifier),
    await startFastapi(path, floats, classifier),
  ];
  const ours = `onward measured for itself: ${own.tuned} for tensors; ${pictures.tuned} for images.`;
  try {
    await work({
      floats: own.port,
      classifier: pictures.port,
      fastapi: fastapi.port,
      about: `${ours} ${fastapi.about.replace(/, on port.*/, '')}; ONNX Runtime there with 2 threads; no access log.`,
    });
  } finally {
    for (const server of [own, pictures, fastapi]) await server.close();
  }
}
