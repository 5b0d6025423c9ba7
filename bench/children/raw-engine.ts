// A process of its own that has ONNX Runtime run one batch again and again: prints the milliseconds an image.
import { parseArgs } from 'node:util';
import { importPeer } from '../../machine/index.js';
import { random } from '../../runtime/common/index.js';

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    batch: { type: 'string' },
    side: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const [batch, side, seconds] = [Number(values.batch), Number(values.side), Number(values.seconds)];
const { InferenceSession, Tensor } = await importPeer('onnxruntime-node');
// Its own defaults: as many threads as cores, which spin.
const session = await InferenceSession.create(values.file!, { executionProviders: ['cpu'], logSeverityLevel: 3 });
const numbers = random('bench raw engine');
const data = Uint8Array.from({ length: batch * side * side }, () => numbers.below(256));
const feeds = { [session.inputNames[0]!]: new Tensor('uint8', data, [batch, side, side, 1]) };
await session.run(feeds);
const start = performance.now();
let done = 0;
for (; performance.now() - start < seconds * 1000; done += batch) await session.run(feeds);
console.log((performance.now() - start) / done);
