// A process of its own, so that its memory is that of the neighbours alone. Prints JSON: milliseconds for what comes once and
// for all queries, the most memory, and the labels.
import { readFileSync, writeFileSync } from 'node:fs';
import { indexVectors, neighboursGraph } from '../../export/index.node.js';
import { importPeer } from '../../machine/index.js';

const [file] = process.argv.slice(2) as [string];
const { index, queries, labels, width, classes, k, out, block } = JSON.parse(readFileSync(file, 'utf8')) as {
  index: string;
  queries: string;
  labels: string;
  width: number;
  classes: number;
  k: number;
  out: string;
  block: number;
};

const floats = (path: string) => {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
};
const { InferenceSession, Tensor } = await importPeer('onnxruntime-node');
const asked = floats(queries);
const count = asked.length / width;
let begin = performance.now();
const open = () => {
  const votes = { labels: new Uint8Array(readFileSync(labels)), classes, weights: 'uniform' as const };
  return neighboursGraph(indexVectors(floats(index), width, 'euclidean'), k, votes);
};
const session = await InferenceSession.create(open(), { logSeverityLevel: 4 });
const once = performance.now() - begin;

begin = performance.now();
const predicted = new Uint8Array(count);
for (let start = 0; start < count; start += block) {
  const size = Math.min(block, count - start);
  const some = new Tensor('float32', asked.subarray(start * width, (start + size) * width), [size, width]);
  const { probabilities } = await session.run({ embedding: some }, ['probabilities']);
  const rows = probabilities!.data as Float32Array;
  for (let i = 0; i < size; i++) {
    const row = rows.subarray(i * classes, (i + 1) * classes);
    predicted[start + i] = row.indexOf(Math.max(...row));
  }
}
const milliseconds = performance.now() - begin;
writeFileSync(out, predicted);
console.log(JSON.stringify({ once, milliseconds, memory: process.resourceUsage().maxRSS * 1024 }));
