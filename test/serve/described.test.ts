import { serve } from 'onward/serve';
import { expect, test } from 'vitest';
import { onward } from '../cli/onward.js';
import { labels, reference, weightsOf } from '../runtime/engines/models.js';
import { asTrained, elsewhere } from '../runtime/model/described.js';
import { coloured, colouredPng, folderOf, serverOf } from './folder.js';
import { eventually } from './until.js';

const expected = (image: number) => Array.from(reference(weightsOf(1), coloured(image, 1), 1));
const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5));
const description = (more: object = {}) => JSON.stringify({ ...asTrained, width: 8, height: 8, labels, ...more });
const open = elsewhere({ dims: ['N', 3, 'H', 'W'], logits: true });

test('anyone’s classifier is served by what a file beside it says, also in a folder', async () => {
  const { root, put } = await folderOf({
    'theirs/1/model.onnx': open,
    'theirs/1/model.classifier.json': description({ softmax: true }),
    'bare.onnx': elsewhere(),
    'models.json': '{"default": "theirs"}',
  });
  const { post, get, index } = await serverOf(root);
  const classified = async () => (await post('classify', colouredPng(3))).json();
  expect(await classified()).toMatchObject({ labels, probabilities: near(expected(3)) });
  expect((await (await post('classify/bare', colouredPng(3))).json()).labels).toEqual(['0', '1', '2', '3']);
  // As somebody sends what the graph itself takes.
  const data = Array.from({ length: 192 }, (_, i) => coloured(3, 1)[(i % 64) * 3 + Math.floor(i / 64)]! / 127.5 - 1);
  const request = { inputs: [{ name: 'nchw', datatype: 'FP32', shape: [1, 3, 8, 8], data }] };
  const { outputs } = await (await post('v2/models/theirs/infer', JSON.stringify(request))).json();
  expect(outputs[0]).toMatchObject({ name: 'logits', shape: [1, 4] });
  // A page would have the file without what is said of it.
  expect((await get('')).status).toBe(404);

  await put('theirs/1/model.classifier.json', description({ softmax: true, labels: ['a', 'b', 'c', 'd'] }));
  await eventually(async () => (await classified()).labels[0] === 'a');
  await put('theirs/1/model.classifier.json', description({ labels: ['a', 'b'] }));
  await eventually(async () => (await index()).some(({ reason }) => reason.includes('says 2 labels')));
  expect((await classified()).labels).toEqual(['a', 'b', 'c', 'd']);
});

test('without what it needs the file alone says so, and its tensors are served', async () => {
  const { path } = await folderOf({ 'theirs.onnx': open });
  const { server, post } = await serverOf(path('theirs.onnx'), { reload: 'off' });
  expect(server.notes.join()).toContain('say "height" and "width" in a description of it');
  const refused = await post('classify', colouredPng(1));
  expect([refused.status, (await refused.json()).error]).toEqual([400, expect.stringContaining('no image classifier')]);
  const named = await serverOf(path('theirs.onnx'), { reload: 'off', classifier: description({ softmax: true }) });
  expect((await named.post('classify', colouredPng(1))).status).toBe(200);
  // Who describes it means a classifier.
  await expect(serve({ model: path('theirs.onnx'), port: 0, classifier: '{"width": 8}' })).rejects.toThrow(/"height"/);
  await expect(serve({ model: path(''), port: 0, classifier: '{}' })).rejects.toMatchObject({ kind: 'usage' });
});

test('one that gives no numbers says so, and no null stands for them', async () => {
  const { path } = await folderOf({ 'theirs.onnx': open });
  const classifier = description({ softmax: true, scale: 1e38 });
  const { post } = await serverOf(path('theirs.onnx'), { reload: 'off', classifier });
  const answer = await post('classify', colouredPng(1));
  expect([answer.status, (await answer.json()).error]).toEqual([422, expect.stringMatching(/gives NaN for/)]);
});

test('predict reads the same file', async () => {
  const { path, write } = await folderOf({
    'theirs.onnx': open,
    'theirs.classifier.json': description({ softmax: true }),
    'a.png': colouredPng(5),
  });
  const predict = (...flags: string[]) => onward(['predict', path('theirs.onnx'), path('a.png'), '--json', ...flags]);
  const [{ probabilities }] = JSON.parse((await predict()).stdout);
  expect(probabilities).toEqual(near(expected(5)));
  await write('theirs.classifier.json', '{"width": 8');
  const broken = await predict();
  expect([broken.code === 0, broken.stderr]).toEqual([false, expect.stringContaining('theirs.classifier.json')]);
  const named = JSON.parse((await predict('--classifier', description({ softmax: true, labels: undefined }))).stdout);
  expect(named[0].label).toMatch(/^[0-3]$/);
});
