/** The loss is no number any more, or a weight. */
export class Diverged extends Error {
  constructor(
    readonly loss: number,
    readonly epoch: number,
    /** From 1; undefined in validation. */
    readonly step?: number,
  ) {
    super(`the loss became ${loss} in epoch ${epoch}`);
  }
}
