import type { Python } from './python.js';

/** One way to do the work of a case. */
export interface Contestant {
  readonly name: string;
  /** Does the work once. */
  run(): unknown;
  /** Another of ours: no ratio to it is printed. */
  readonly ours?: boolean;
  /** `run` gives the milliseconds itself, as another process measured them; else the call is measured. */
  readonly timesItself?: boolean;
}

/** The same work, done by each contestant in turn. */
export interface Contest {
  /** Ours first: how many times as fast it is stands beside each of the others. */
  readonly contestants: readonly Contestant[];
  /** How many milliseconds a sample is to take: shorter work is done so often for each, by all alike. Default: once. */
  readonly sampleMs?: number;
  /** So many rounds even when fewer are asked for: where they are quick, more of them tell more. */
  readonly atLeast?: number;
  /** How many images the work is done on: images/s are printed too. */
  readonly images?: number;
}

/** One thing that was asked of a benchmark and whether it came out. */
export interface Target {
  /** `simplenet, exportModel, median`. */
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
  /** `unclear`: the rounds differ so much that this run cannot tell. */
  readonly verdict: 'met' | 'missed' | 'unclear';
}

/** What a benchmark tells besides times: a row a subject. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a benchmark is given. */
export interface Bench {
  /** An empty folder that is deleted at the end. */
  readonly folder: string;
  /** A Python process with the peers, started when it is first asked for. */
  python(): Promise<Python>;
  /** One that has done nothing yet; whoever asks closes it. */
  freshPython(env?: Readonly<Record<string, string>>): Promise<Python>;
  /** Measures a contest in interleaved rounds; adds it to what is printed. */
  contest(name: string, contest: Contest): Promise<Measured>;
  table(table: Table): void;
  target(target: Target): void;
  /** Keeps a picture where `--pictures` says; nothing is kept without it. */
  picture(file: string, svg: string): Promise<void>;
  /** A sentence for the reader of the numbers. */
  note(sentence: string): void;
}

/** The samples of one contestant, in milliseconds for the work done once. */
export interface Samples {
  readonly name: string;
  /** Whether ours is compared with it. */
  readonly isOther: boolean;
  /** Before the rounds: with everything cold. */
  readonly first: number;
  /** One a round, in the order of the rounds. */
  readonly rounds: readonly number[];
}

export interface Measured {
  readonly name: string;
  readonly repeat: number;
  readonly images: number | undefined;
  readonly contestants: readonly Samples[];
}

export interface Benchmark {
  /** As it is asked for: `npm run bench -- export`. */
  readonly name: string;
  readonly description: string;
  /** `python`: it is skipped where `npm run peers -- --bench` cannot bring the Python peers. */
  readonly needs: readonly 'python'[];
  run(bench: Bench): Promise<void>;
}
