import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { OnwardError } from '../common/index.js';
import type { LoadedModel } from '../model/index.js';
import { fromFailure } from './failure.js';
import type { ChildAnswer, ChildProvider, ChildTask } from './ort-child.node.js';
import { runnable } from './runnable.js';

const script = join(import.meta.dirname, 'ort-child.node.js');

export interface OrtProcess {
  readonly version: string;
  run(images: Uint8Array, count: number): Promise<Float32Array>;
  /** Ends the process: the system frees more surely than a driver what it held. */
  release(): Promise<void>;
}

export interface OrtProcessOptions {
  readonly engine: string;
  readonly provider: ChildProvider;
  /** On top of this process's own. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Loads a model in a process of its own.
 * @throws OnwardError kind `input` when ONNX Runtime does not load it, `system` when the process ends
 */
export async function openOrtProcess(
  model: LoadedModel,
  { engine, provider, environment }: OrtProcessOptions,
): Promise<OrtProcess> {
  const child = fork(script, [], {
    env: { ...process.env, ...environment },
    // Typed arrays travel as they are.
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const ask = askingOf(child, engine);
  const ended = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  const release = async () => {
    child.ref();
    child.kill('SIGKILL');
    await ended;
  };
  try {
    const opened = await ask({ verb: 'open', engine, provider, model: runnable(model) });
    return {
      version: 'version' in opened ? opened.version : '',
      async run(images, count) {
        const answer = await ask({ verb: 'run', images, count });
        return 'probabilities' in answer ? answer.probabilities : new Float32Array();
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

type Success = Exclude<ChildAnswer, { failure: unknown }>;

function askingOf(child: ChildProcess, engine: string): (task: ChildTask) => Promise<Success> {
  const waiting = new Map<number, { done: (answer: Success) => void; failed: (error: Error) => void }>();
  let asked = 0;
  let said = '';
  let ending: OnwardError | undefined;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });

  // A session that nobody closed keeps no process alive; one that works does.
  const settle = () => {
    if (waiting.size > 0) return;
    child.unref();
    child.channel?.unref();
  };
  const end = (how: string) => {
    const words = said.trim().split('\n').at(-1);
    ending = new OnwardError('system', `${engine}: its process ended (${how}${words ? `: ${words.trim()}` : ''})`);
    for (const { failed } of waiting.values()) failed(ending);
    waiting.clear();
  };
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(signal ? `signal ${signal}` : `code ${code}`));
  child.on('message', (answer: ChildAnswer) => {
    const { done, failed } = waiting.get(answer.id) ?? {};
    waiting.delete(answer.id);
    if ('failure' in answer) failed?.(fromFailure(answer.failure, engine));
    else done?.(answer);
    settle();
  });
  (child.stderr as unknown as { unref?: () => void } | null)?.unref?.();

  return (task) =>
    new Promise((done, failed) => {
      if (ending) return failed(ending);
      const id = asked++;
      waiting.set(id, { done, failed });
      child.ref();
      child.channel?.ref();
      child.send({ id, task }, (error) => {
        if (error) end(error.message);
      });
    });
}
