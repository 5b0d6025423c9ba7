import { HTTPException } from 'hono/http-exception';
import { OnwardError } from '../../runtime/common/index.js';
import { inTurn } from './in-turn.js';

/** An open model that may be closed to make room. */
export interface Tenant {
  /** As they are estimated now. */
  bytes(): number;
  /** Of performance.now(). */
  lastUsed(): number;
  /** Whether nobody uses it, and it may be closed. */
  idle(): boolean;
  evict(): Promise<void>;
}

export interface RoomFor {
  /** For messages: `digits/2`. */
  readonly what: string;
  readonly bytes: number;
  /** Another one of the same serves until this one is open: it makes room where it can, and is opened in any case. */
  readonly beside: boolean;
}

/** Which models are open, within a budget. */
export interface Memory {
  /** Bytes of what is open or about to be. */
  readonly used: number;
  /**
   * Makes room by closing what was not used for longest.
   * @returns what gives the room back, for when the model is a tenant or did not open
   * @throws OnwardError kind `size` for more than the whole budget, HTTPException 503 when everything stays in use
   */
  room(wanted: RoomFor): Promise<() => void>;
  add(tenant: Tenant): void;
  remove(tenant: Tenant): void;
  /** Somebody became idle. */
  wake(): void;
}

/**
 * Bytes that a model takes, about: twice its file in the process, and in each worker thread four times (a copy, the weights as
 * they are read and as the engine lays them out, what is not given back) and what a thread itself takes. Measured as what the
 * process grew by: networks of 8, 21 and 56 MB with 1, 2 and 4 workers took 0.8 to 1.2 times as much. What a batch of large
 * images takes while it runs comes on top.
 */
export const estimateOf = (fileBytes: number, workers: number): number =>
  2 * fileBytes + workers * (4 * fileBytes + 40 * 1024 * 1024);

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MB`;

/**
 * @param budget bytes; left out, everything fits
 * @param patience milliseconds that an opening waits for others to become idle
 */
export function createMemory(budget = Number.POSITIVE_INFINITY, patience = 10_000): Memory {
  const tenants = new Set<Tenant>();
  const turn = inTurn();
  let reserved = 0;
  let woken: (() => void) | undefined;

  const used = () => reserved + [...tenants].reduce((sum, tenant) => sum + tenant.bytes(), 0);

  const change = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      woken = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function makeRoom({ what, bytes, beside }: RoomFor, end: number): Promise<void> {
    if (bytes > budget && !beside) {
      throw new OnwardError(
        'size',
        `${what}: it takes about ${megabytes(bytes)} of memory, and --memory-budget is ${megabytes(budget)}; give more, or fewer --workers`,
      );
    }
    while (used() + bytes > budget) {
      const idle = [...tenants].filter((tenant) => tenant.idle()).sort((a, b) => a.lastUsed() - b.lastUsed());
      if (idle[0]) {
        await idle[0].evict();
        continue;
      }
      if (beside) return;
      const left = end - performance.now();
      if (left <= 0) {
        throw new HTTPException(503, {
          message: `the server is busy: there is no memory for ${what} while others are in use; try again`,
        });
      }
      await change(left);
    }
  }

  return {
    get used() {
      return used();
    },
    room(wanted) {
      // From here on: while others before it wait, it waits too.
      const end = performance.now() + patience;
      return turn(async () => {
        await makeRoom(wanted, end);
        reserved += wanted.bytes;
        let given = false;
        return () => {
          if (given) return;
          given = true;
          reserved -= wanted.bytes;
          woken?.();
        };
      });
    },
    add: (tenant) => void tenants.add(tenant),
    remove(tenant) {
      tenants.delete(tenant);
      woken?.();
    },
    wake: () => woken?.(),
  };
}
