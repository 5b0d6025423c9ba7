import { OnwardError } from '../common/index.js';

/** What ONNX Runtime says of where in its sources it failed, which helps nobody who has a model. */
const noise = [
  /^\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /,
  /^\S+\.(?:cc|h):\d+ (?:\S.*? was false\. |\w+ )/,
  /^Can't create a session\. ERROR_CODE: \d+, ERROR_MESSAGE: /,
];

/** The first line of what ONNX Runtime threw, without where in its sources that was. */
export function ortMessage(thrown: unknown): string {
  const text = (thrown instanceof Error ? thrown.message : String(thrown)).trim();
  const first = text.split('\n')[0]!.trim();
  return noise.reduce((line, pattern) => line.replace(pattern, ''), first).replace(/\.$/, '');
}

/** A model that ONNX Runtime did not load. */
export function cannotLoad(name: string, engine: string, thrown: unknown): OnwardError {
  return new OnwardError(
    'input',
    `${name}: expected a model that ${engine} can load, but ONNX Runtime refuses it (${ortMessage(thrown)}); export it again, or use another engine`,
    { cause: thrown },
  );
}

/** A model that loaded, and then failed on images. */
export function cannotRun(name: string, engine: string, thrown: unknown): OnwardError {
  return new OnwardError('input', `${name}: ${engine} failed while it predicted (${ortMessage(thrown)})`, {
    cause: thrown,
  });
}
