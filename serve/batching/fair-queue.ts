/** What waits in a queue. */
export interface Queued {
  /** Who asks: clients take turns. */
  readonly client: string;
  /** Only what has the same lane can be in one batch: the same shapes, the same outputs. */
  readonly lane: string;
  /** How many of the batch it fills. */
  readonly rows: number;
}

export interface FairQueue<T extends Queued> {
  /** Rows that wait. */
  readonly rows: number;
  readonly length: number;
  push(item: T): void;
  /** Takes it out, where it waits. */
  remove(item: T): boolean;
  /**
   * The next batch: of the lane whose turn it is, an item of each client in turn, up to so many rows; a larger one goes
   * alone. Empty when nothing waits.
   */
  take(mostOf: (lane: string) => number): T[];
  /** What `take` would take from, without taking. */
  next(): { readonly lane: string; readonly rows: number; readonly oldest: T } | undefined;
}

/** Lanes take turns, and in a lane clients do: one that sends a thousand requests delays the one of another by one batch. */
export function createFairQueue<T extends Queued>(): FairQueue<T> {
  // Maps keep the order in which keys came: the first is whose turn it is, and who had a turn goes to the end.
  const lanes = new Map<string, Map<string, T[]>>();
  let rows = 0;
  let length = 0;

  const first = <V>(map: Map<string, V>): [string, V] | undefined => map.entries().next().value;

  function take(mostOf: (lane: string) => number): T[] {
    const turn = first(lanes);
    if (!turn) return [];
    const [lane, clients] = turn;
    const most = mostOf(lane);
    const batch: T[] = [];
    let filled = 0;
    for (;;) {
      const next = first(clients);
      if (!next) break;
      const [client, waiting] = next;
      const item = waiting[0]!;
      if (filled > 0 && filled + item.rows > most) break;
      waiting.shift();
      if (waiting.length === 0) clients.delete(client);
      else if (clients.size > 1) {
        clients.delete(client);
        clients.set(client, waiting);
      }
      batch.push(item);
      filled += item.rows;
      if (filled >= most) break;
    }
    lanes.delete(lane);
    if (clients.size > 0) lanes.set(lane, clients);
    rows -= filled;
    length -= batch.length;
    return batch;
  }

  return {
    get rows() {
      return rows;
    },
    get length() {
      return length;
    },
    push(item) {
      const clients = lanes.get(item.lane) ?? new Map<string, T[]>();
      lanes.set(item.lane, clients);
      const waiting = clients.get(item.client);
      if (waiting) waiting.push(item);
      else clients.set(item.client, [item]);
      rows += item.rows;
      length++;
    },
    remove(item) {
      const clients = lanes.get(item.lane);
      const waiting = clients?.get(item.client);
      const at = waiting?.indexOf(item) ?? -1;
      if (at < 0) return false;
      waiting!.splice(at, 1);
      if (waiting!.length === 0) clients!.delete(item.client);
      if (clients!.size === 0) lanes.delete(item.lane);
      rows -= item.rows;
      length--;
      return true;
    },
    take,
    next() {
      const turn = first(lanes);
      if (!turn) return undefined;
      const [lane, clients] = turn;
      let waiting = 0;
      for (const items of clients.values()) for (const item of items) waiting += item.rows;
      return { lane, rows: waiting, oldest: first(clients)![1][0]! };
    },
  };
}
