import { stat } from 'node:fs/promises';
import type { GoldenChoice } from '../../export/index.node.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { PreprocessingStep } from '../../runtime/model/index.js';

export interface ExportFlags {
  readonly out?: string;
  readonly golden?: GoldenChoice;
  readonly force?: boolean;
  readonly check?: boolean;
  readonly inputShape?: readonly string[];
  readonly handlers?: string;
  readonly labels?: string;
  readonly preprocess?: keyof typeof preparations;
  readonly fit?: 'contain' | 'cover' | 'stretch';
  readonly opset?: number;
  readonly batch?: number | 'dynamic';
  readonly dtype?: 'float32' | 'float16';
  readonly optimize?: 'none' | 'default';
  readonly outputs?: readonly string[];
  readonly inputLayout?: Layout;
  readonly outputLayout?: Layout;
}

/** How images were prepared for the model that is exported: the modes of Keras' `preprocess_input`, and what people write by hand. */
export const preparations = {
  /** 0 to 255, as they are: the model scales them itself. */
  none: [],
  unit: [{ kind: 'scale', scale: 1 / 255, offset: 0 }],
  tf: [{ kind: 'scale', scale: 1 / 127.5, offset: -1 }],
  torch: [
    { kind: 'scale', scale: 1 / 255, offset: 0 },
    { kind: 'normalize', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  ],
  caffe: [{ kind: 'reverse-channels' }, { kind: 'normalize', mean: [103.939, 116.779, 123.68], std: [1, 1, 1] }],
} as const satisfies { readonly [name: string]: readonly PreprocessingStep[] };

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
