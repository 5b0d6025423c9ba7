import { SingleBar } from 'cli-progress';

/** Progress on a terminal; elsewhere nothing (the verbs print plain lines of their own). Always on stderr. */
export interface Progress {
  update(done: number, total: number, text?: string): void;
  /** Takes the bar away; what is printed next starts on a clean line. */
  stop(): void;
}

/** @param what `reading images`: stands before the bar */
export function progress(what: string): Progress {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    // Where there is room; a line that is cut says less than a short one.
    format:
      (process.stderr.columns ?? 80) < 100 ? `${what} {percentage}% {text}` : `${what} {bar} {value}/{total} {text}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  let running = false;
  return {
    update(done, total, text = '') {
      if (running) {
        bar.setTotal(total);
        bar.update(done, { text });
      } else {
        bar.start(total, done, { text });
        running = true;
      }
    },
    stop() {
      if (running) bar.stop();
      running = false;
    },
  };
}

/** `1:05` */
export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
