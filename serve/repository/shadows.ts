import { HTTPException } from 'hono/http-exception';
import type { RepositoryObserver } from './observer.js';
import type { Mirror } from './repository.js';
import type { Version } from './version.js';

/** Asks shadows, beside what is answered. */
export interface Shadows {
  mirror<T>(route: string, shadow: Version, mirror: Mirror<T>, answered: T): void;
  /** When none is asked any more. */
  settled(): Promise<unknown>;
}

export function createShadows(observer: RepositoryObserver | undefined): Shadows {
  const asked = new Set<Promise<void>>();
  return {
    mirror(route, shadow, mirror, answered) {
      const count = (what: 'agreed' | 'disagreed' | 'failed' | 'skipped', n: number) => {
        if (n > 0) observer?.shadow?.(route, what, n);
      };
      const work: Promise<void> = shadow
        .use((model) => mirror(model, answered))
        .then(
          (agreements) => {
            const agreed = agreements.filter((same) => same).length;
            count('agreed', agreed);
            count('disagreed', agreements.length - agreed);
          },
          // A shadow that cannot keep up sees less; nobody waits for it.
          (error) => count(error instanceof HTTPException && error.status === 503 ? 'skipped' : 'failed', 1),
        )
        .finally(() => asked.delete(work));
      asked.add(work);
    },
    settled: () => Promise.all(asked),
  };
}
