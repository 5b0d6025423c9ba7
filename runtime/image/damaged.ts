import { OnwardError } from '../common/index.js';
import type { ImageFormat } from './format.js';

const titles: Readonly<Record<ImageFormat, string>> = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP' };

/** The one sentence for a picture whose bytes are not what its format says, the same in Node and in the browser. */
export function damaged(name: string, format: ImageFormat, reason: string, cause?: unknown): OnwardError {
  return new OnwardError(
    'input',
    `${name} is a damaged ${titles[format]} image (${reason}): save or download it again`,
    cause === undefined ? undefined : { cause },
  );
}
