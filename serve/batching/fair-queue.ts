/** What waits in a queue. */
export interface Queued {
  /** Who asks: clients take turns. */
  readonly client: string;
  /** Only what has the same lane can be in one batch: the same shapes, the same outputs. */
  readonly lane: string;
  /** How many of the batch it fills. */
  readonly rows: number;
  /** When it came, by `performance.now()`. */
  readonly since: number;
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
  /**
   * What has to leave so that no more than so many rows wait with this one: the latest of whoever has most waiting, as long as
   * that is no less without it than what this client then has. Empty where there is room.
   * @returns undefined where there is none, and nobody has more
   */
  toPushOut(item: Pick<T, 'client' | 'rows'>, most: number): T[] | undefined;
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

  /** Rows of each client, of all lanes. */
  function sharesOf(): Map<string, number> {
    const shares = new Map<string, number>();
    for (const clients of lanes.values()) {
      for (const [client, waiting] of clients) {
        let sum = shares.get(client) ?? 0;
        for (const item of waiting) sum += item.rows;
        shares.set(client, sum);
      }
    }
    return shares;
  }

  function largestOf(shares: ReadonlyMap<string, number>): string | undefined {
    let largest: string | undefined;
    for (const [client, sum] of shares) if (largest === undefined || sum >= shares.get(largest)!) largest = client;
    return largest;
  }

  /** What came last of a client, but for what is out already. */
  function latestOf(client: string, out: readonly T[]): T | undefined {
    let latest: T | undefined;
    for (const clients of lanes.values()) {
      for (const item of clients.get(client) ?? []) {
        if (!out.includes(item) && (!latest || item.since >= latest.since)) latest = item;
      }
    }
    return latest;
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
    toPushOut(item, most) {
      let excess = rows + item.rows - most;
      if (excess <= 0) return [];
      const shares = sharesOf();
      const own = (shares.get(item.client) ?? 0) + item.rows;
      const out: T[] = [];
      while (excess > 0) {
        const client = largestOf(shares);
        // First by the numbers alone: under load this is asked far more often than somebody has to leave.
        if (client === undefined || shares.get(client)! <= own) return undefined;
        const last = latestOf(client, out)!;
        const left = shares.get(client)! - last.rows;
        if (left < own) return undefined;
        shares.set(client, left);
        excess -= last.rows;
        out.push(last);
      }
      return out;
    },
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
