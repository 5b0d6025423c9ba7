import type { ServedModel } from '../models/index.js';

/** An open model and how many requests use it. */
export interface Held {
  readonly model: ServedModel;
  readonly users: number;
  use<T>(work: (model: ServedModel) => Promise<T>): Promise<T>;
  /** Settled when it is closed. */
  readonly ended: Promise<void>;
  /** Closes it once nobody uses it any more. */
  retire(): Promise<void>;
}

/** @param onIdle is called when the last user has left */
export function hold(model: ServedModel, onIdle: () => void = () => {}): Held {
  let users = 0;
  let left: (() => void) | undefined;
  let retiring: Promise<void> | undefined;
  let gone: () => void;
  const ended = new Promise<void>((resolve) => {
    gone = resolve;
  });

  async function retire(): Promise<void> {
    if (users > 0) {
      await new Promise<void>((resolve) => {
        left = resolve;
      });
    }
    await model.close();
  }

  return {
    model,
    ended,
    get users() {
      return users;
    },
    async use(work) {
      users++;
      try {
        return await work(model);
      } finally {
        if (--users === 0) {
          left?.();
          onIdle();
        }
      }
    },
    retire() {
      retiring ??= retire().finally(() => gone());
      return retiring;
    },
  };
}
