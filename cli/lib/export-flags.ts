import { stat } from 'node:fs/promises';
import type { GoldenChoice } from '../../export/index.node.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { usualSteps } from '../../runtime/model/index.js';

export interface ExportFlags {
  readonly out?: string;
  readonly golden?: GoldenChoice;
  readonly force?: boolean;
  readonly check?: boolean;
  readonly inputShape?: readonly string[];
  readonly handlers?: string;
  readonly labels?: string;
  readonly preprocess?: keyof typeof usualSteps;
  readonly fit?: 'contain' | 'cover' | 'stretch';
  readonly opset?: number;
  readonly batch?: number | 'dynamic';
  readonly dtype?: 'float32' | 'float16';
  readonly optimize?: 'none' | 'default';
  readonly outputs?: readonly string[];
  readonly inputLayout?: Layout;
  readonly outputLayout?: Layout;
}

export type Layout = 'keras' | 'nchw';

/** What the flags say of the file that is wanted. */
export const targetOf = ({ opset, batch, dtype, optimize, outputs }: ExportFlags) => ({
  opset,
  batch,
  dtype,
  optimize,
  outputs,
});

/** @throws OnwardError kind `input` for a file that is there, unless that is wanted */
export async function requireFree(out: string, force: boolean | undefined): Promise<void> {
  const found = await stat(out).catch(() => undefined);
  if (!found || (force && !found.isDirectory())) return;
  throw new OnwardError(
    'input',
    found.isDirectory()
      ? `${out}: expected a file to write, got a folder; name a file in it with --out`
      : `${out}: there is a file already; write elsewhere with --out, or over it with --force`,
  );
}
