import { messageOf } from '../common/index.js';

/** The parts of the WebGPU interface that are needed to look; TypeScript's DOM types do not have it yet. */
interface Adapter {
  readonly info?: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly isFallbackAdapter?: boolean;
}
interface Gpu {
  requestAdapter(options?: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}

export type AdapterFound =
  | { readonly device: string; readonly software: boolean }
  | { readonly reason: string; readonly remedy: string };

/** Which GPU WebGPU would use, or exactly why there is none. */
export async function findAdapter(): Promise<AdapterFound> {
  if (!globalThis.isSecureContext) {
    return {
      reason:
        'browsers give WebGPU only to secure pages, and this one is plain http on an address other than localhost',
      remedy: 'open the page over https or on localhost',
    };
  }
  const { gpu } = navigator as { gpu?: Gpu };
  if (!gpu) {
    return {
      reason: 'this browser has no WebGPU (navigator.gpu is missing)',
      remedy: 'use a current Chrome, Edge or Safari, or switch WebGPU on in its settings',
    };
  }
  const remedy = 'switch on hardware acceleration in the browser, or update the graphics driver';
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return { reason: 'the browser has WebGPU, but found no GPU that it supports', remedy };
    const { vendor = '', architecture = '', device = '', description = '' } = adapter.info ?? {};
    if (architecture === 'swiftshader') return { device: 'SwiftShader (software)', software: true };
    const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'GPU';
    const software =
      adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? /llvmpipe|basic render/i.test(name);
    return { device: software ? `${name} (software)` : name, software };
  } catch (error) {
    return { reason: `the browser has WebGPU, but asking for a GPU failed (${messageOf(error)})`, remedy };
  }
}
