/** What happens to the models of a repository, for who counts. */
export interface RepositoryObserver {
  /** A file was opened, or refused. */
  loaded?(at: { name: string; version: string }, result: 'loaded' | 'refused'): void;
  /** Whether it is in memory. */
  open?(at: { name: string; version: string }, open: boolean): void;
  /** It is gone from the disk. */
  removed?(at: { name: string; version: string }): void;
  shadow?(route: string, result: 'agreed' | 'disagreed' | 'failed' | 'skipped', count: number): void;
}
