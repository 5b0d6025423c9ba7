/**
 * Learning rate over a training: up in a straight line while warming up, then down along half a cosine to zero
 * (Loshchilov & Hutter, SGDR, arXiv:1608.03983, without restarts).
 * @param peak the highest rate
 * @param warmup the share of the training, 0..1, in which it rises
 */
export function warmupCosine({ peak, warmup }: { peak: number; warmup: number }): (progress: number) => number {
  return (progress) => {
    if (progress < warmup) return peak * Math.max(progress / warmup, 0.02);
    return peak * 0.5 * (1 + Math.cos((Math.PI * (progress - warmup)) / (1 - warmup)));
  };
}
