import { type ErrorKind, messageOf, OnwardError } from '../common/index.js';

/** An error as it travels out of another process or a page; `kind` is missing where it was not one of ours. */
export interface Failure {
  readonly kind: string | undefined;
  readonly message: string;
}

export function toFailure(thrown: unknown): Failure {
  return { kind: thrown instanceof OnwardError ? thrown.kind : undefined, message: messageOf(thrown) };
}

/** @param where what failed, for an error that does not say it itself */
export function fromFailure({ kind, message }: Failure, where: string): OnwardError {
  return kind ? new OnwardError(kind as ErrorKind, message) : new OnwardError('system', `${where}: ${message}`);
}
