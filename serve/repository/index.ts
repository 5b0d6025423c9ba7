/** Which models a server has, and which of them a request goes to. */

export type { FileOptions } from './file.js';
export type { RepositoryObserver } from './observer.js';
export { oneModel } from './one-model.js';
export { type OpenRepositoryOptions, openRepository, type ReloadOptions } from './open.js';
export type { Asked, IndexEntry, Mirror, Repository } from './repository.js';
