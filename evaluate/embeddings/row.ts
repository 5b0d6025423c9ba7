/** What stands beside an image's vector. */
export interface EmbeddedRow {
  /** Its number in its part. */
  readonly index: number;
  /** Where it came from: a file's path. */
  readonly file: string;
  /** `train`, `val` or `test`. */
  readonly split: string;
  readonly label: string;
  readonly predicted: string;
  /** Of the predicted class. */
  readonly probability: number;
}

/** Takes rows with their vectors, a few at a time. */
export interface EmbeddingWriter {
  /** @param vectors float32 `[rows.length, width]` */
  write(rows: readonly EmbeddedRow[], vectors: Float32Array): Promise<void>;
  /** Everything is in its place after this, and nothing before. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

/** What a writer knows before the first row. */
export interface EmbeddingShape {
  readonly rows: number;
  readonly width: number;
}
