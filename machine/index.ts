/** What is on this machine, what can be brought to it, and the loaders of what was brought. */
export * from './browser/index.js';
export { cacheFolder, inCache, sizeOf, wholeFolder, withLock } from './cache.js';
export { cudaEnvironment, cudaProvider, ensureCuda, ensureCudaProvider } from './cuda.js';
export { describeMachine, type MachineReport, probeCompiler, probeWheelInstaller } from './doctor.js';
export { type FontFile, fontFamilies, fontsDigest, loadFonts, type PathCommand } from './fonts.js';
export { makeFolder } from './make-folder.js';
export { type NvidiaDriver, nvidiaDriver } from './nvidia.js';
export type { OnProgress, SetupOutcome } from './outcome.js';
export { ensurePackages } from './packages.js';
export {
  type FoundPeer,
  findPeer,
  importPeer,
  type PartName,
  type PeerModules,
  type PeerName,
  partNames,
  peers,
  remedyFor,
  requirePeer,
} from './peers.js';
export { type SetupOptions, setup } from './setup.js';
export * from './tensorflow/index.js';
export { version } from './version.js';
export { unpackWheels } from './wheels.js';
export { replaceFolder, writeWhole } from './write-whole.js';
