import { OnwardError } from '../../runtime/common/index.js';
import { engineByName, openSession } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import type { WorkerSetup } from './messages.js';
import type { Runner } from './runner.js';

/** What the session of an engine takes and gives, as tensors: images in, probabilities out. */
export async function openSessionRunner(
  model: LoadedModel,
  { engine, threads, device, allowDifferent }: Pick<WorkerSetup, 'engine' | 'threads' | 'device' | 'allowDifferent'>,
): Promise<Runner> {
  const session = await openSession(engineByName(engine), model, {
    allowDifferent,
    ...(threads === undefined ? {} : { threads }),
    ...(device === undefined ? {} : { device }),
  });
  const { width, height, channels } = model.input;
  const classes = model.labels.length;
  const output = { name: 'probabilities', datatype: 'FP32' } as const;
  return {
    version: session.version,
    device: session.device,
    inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, height, width, channels] }],
    outputs: [{ ...output, shape: [-1, classes] }],
    batched: true,
    predict: session.predict,
    async run([image], outputs) {
      const count = image!.shape[0]!;
      if (!(image!.data instanceof Uint8Array)) throw new OnwardError('input', 'expected bytes in the input "image"');
      const { buffer, byteOffset, byteLength } = await session.predict(image!.data, count);
      const data = new Uint8Array(buffer, byteOffset, byteLength);
      return outputs.map(() => ({ ...output, shape: [count, classes], data }));
    },
    close: session.close,
  };
}
