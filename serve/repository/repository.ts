import type { IndexEntry } from '../../protocol/index.js';
import type { ServedModel } from '../models/index.js';

export type { IndexEntry };

/** Which model a request is for, and who asks. */
export interface Asked {
  /** A model or a route; left out: the default. */
  readonly name?: string | undefined;
  /** Left out: the newest, or what the route says. */
  readonly version?: string | undefined;
  /** For routes that give a client the same version every time. */
  readonly client?: (() => string) | undefined;
  /** A header of the request by its lower-case name. */
  readonly header?: ((name: string) => string | undefined) | undefined;
}

/**
 * The same input for another model, after the one that answers has answered.
 * @returns for each image or row whether both agree
 */
export type Mirror<T> = (shadow: ServedModel, answered: T) => Promise<readonly boolean[]>;

/** The models of a server, by name and version. */
export interface Repository {
  /**
   * Lets the model that is asked for work; it is opened first where it is not, and not closed meanwhile.
   * @param mirror what a shadow is to do; left out, shadows are not asked
   * @throws HTTPException 404 for an unknown name or version, 503 for one that is not loaded or cannot be
   */
  use<T>(asked: Asked, work: (model: ServedModel) => Promise<T>, mirror?: Mirror<T>): Promise<T>;
  /** @throws what `use` throws where it is clear already that there is no such model, before anything is read */
  check(asked: Asked): void;
  /** What requests go to that name no model, where it is open: whose page is shown. */
  shown(): ServedModel | undefined;
  /** Whether `shown`, or where there is none any that is open or may be opened, is an image classifier. */
  readonly classifies: boolean;
  /** Of a model: those that can be asked for, the oldest first. @throws HTTPException 404 */
  versions(name: string): readonly string[];
  index(): readonly IndexEntry[];
  /** @throws HTTPException 404 */
  isReady(name: string, version?: string): boolean;
  /** Looks what is on the disk, and takes requests over when it is ready; until then the old one serves on. */
  load(name: string): Promise<void>;
  /** Takes no more requests for it, and answers those that it has. */
  unload(name: string): Promise<void>;
  /** Whether requests that name no model are answered; where there is no default, whether any are. */
  readonly ready: boolean;
  close(): Promise<void>;
}
