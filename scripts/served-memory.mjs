// What a model takes in a server, beside what the memory budget thinks that it does: node scripts/served-memory.mjs model.onnx [workers]
import { openServedModel, readServable } from 'onward/serve';
import { estimateOf } from '#onward/serve/repository/memory.js';

const [path, workers = '1'] = process.argv.slice(2);
const megabytes = (bytes) => Math.round(bytes / 1024 / 1024);
const before = process.memoryUsage.rss();
const servable = await readServable(path);
const model = await openServedModel(servable, { workers: Number(workers), threads: 1 });
await new Promise((resolve) => setTimeout(resolve, 1500));
const taken = process.memoryUsage.rss() - before;
const estimate = estimateOf(servable.bytes.length, Number(workers));
console.log(
  `${path}, ${workers} workers: file ${megabytes(servable.bytes.length)} MB, taken ${megabytes(taken)} MB, estimated ${megabytes(estimate)} MB, ratio ${(taken / estimate).toFixed(2)}`,
);
await model.close();
