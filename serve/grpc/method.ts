import type { Message } from './codec.js';

/** What a call asks the app for. */
export interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Made when the app reads it: by then it knows who asks, and that they may. */
  readonly body?: (() => Body) | undefined;
  /** That body is an error. */
  readonly refused?: true;
}

export interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** So many of them are JSON, the rest tensors; undefined: all are JSON. */
  readonly head?: number | undefined;
}

/** What the app said to it. */
export interface Reply {
  readonly status: number;
  readonly bytes: Uint8Array;
  /** How many of them are JSON. */
  readonly head: number;
}

/** One call of a service; a further one is a line in `methods.ts`. */
export interface Method {
  readonly name: string;
  /** Messages by their names in the package. */
  readonly request: string;
  readonly response: string;
  /** Answered without an API key, as its address is. */
  readonly open?: true;
  ask(request: Message, maxBytes: number): Question;
  answer(reply: Reply): Message;
  /** What statuses mean that are no errors here. */
  readonly also?: { readonly [status: number]: Message };
}
