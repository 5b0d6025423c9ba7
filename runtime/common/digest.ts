import { nativeSha256Hex } from './digest-native.js';
import { portableSha256Hex } from './digest-portable.js';

/** sha256 of the parts one after another, as 64 hex digits. Synchronous; Node's own where there is one. */
export const sha256Hex: (...parts: readonly Uint8Array[]) => string = nativeSha256Hex ?? portableSha256Hex;
