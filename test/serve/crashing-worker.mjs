// Stands in for the worker of the pool: ends its thread, throws or hangs a while, as the upload's first byte says.
export default async function perform({ upload }) {
  const reply = { ok: true, opened: { version: '0', device: 'none' } };
  if (!upload) return reply;
  if (upload.bytes[0] === 1) process.exit(3);
  if (upload.bytes[0] === 2) throw new Error('a secret of the inside');
  await new Promise((resolve) => setTimeout(resolve, upload.bytes[0] === 3 ? 400 : 0));
  return { ...reply, prediction: { probabilities: Float32Array.of(0, 1, 0, 0), milliseconds: 1 } };
}
