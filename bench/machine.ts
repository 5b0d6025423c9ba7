import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly platform: string;
  /** How many processes wanted a core in the last minute, before anything was measured; 0 on Windows, which does not say. */
  readonly load: number;
  /** By name: Node, ONNX Runtime, and what the benchmarks add. */
  readonly versions: Readonly<Record<string, string>>;
}

function versionOf(name: string): string {
  try {
    const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
    return version;
  } catch {
    return 'absent';
  }
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    load: Math.round(loadavg()[0]! * 10) / 10,
    versions: { Node: process.versions.node, 'onnxruntime-node': versionOf('onnxruntime-node') },
  };
}
