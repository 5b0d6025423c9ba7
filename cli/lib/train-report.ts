import { formatSummary, type TrainProgress } from '../../train/index.js';
import { minutes, progress } from './progress.js';

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

/** Bar on a terminal, a line an epoch everywhere; all on stderr, so that `--json` has stdout for itself. */
export function trainReport({ summary = true } = {}) {
  const bar = progress('training');
  const say = (line: string) => {
    bar.stop();
    console.error(line);
  };
  return {
    stop: () => bar.stop(),
    onProgress(event: TrainProgress) {
      switch (event.kind) {
        case 'start': {
          if (summary) say(`${formatSummary(event.summary)}\n`);
          const { from } = event;
          if (!from) return;
          const fresh = from.fresh.length === 0 ? 'no layer begins afresh' : `afresh: ${from.fresh.join(', ')}`;
          say(`weights of ${from.path}: ${from.taken.length} layers; ${fresh}`);
          return;
        }
        case 'resumed':
          say(
            `going on with ${event.path}: epoch ${event.epoch}${event.step > 0 ? `, after step ${event.step} of ${event.steps}` : ''}`,
          );
          return;
        case 'loaded':
          say(
            `${event.path} is this training already, with the same settings, images and versions: loaded (--force trains anew)`,
          );
          return;
        case 'unfinished':
          say(`note: ${event.path} is this training, interrupted; --resume ${event.path} goes on with it`);
          return;
        case 'step': {
          const { epoch, epochs, step, steps, loss, accuracy, imagesPerSecond, secondsLeft } = event;
          const text = `${epoch}/${epochs} loss ${loss.toFixed(3)} acc ${(accuracy * 100).toFixed(1)}% ${imagesPerSecond.toFixed(0)} img/s ${minutes(secondsLeft)} left`;
          bar.update((epoch - 1) * steps + step, epochs * steps, text);
          return;
        }
        case 'single-operations':
          say(`note: TensorFlow does not run the steps as one operation each, which takes longer: ${event.reason}`);
          return;
        case 'stage': {
          const { epoch, name, layers, rate } = event;
          const count = layers === 1 ? '1 layer' : `${layers} layers`;
          say(`epoch ${epoch}: unfrozen: ${name} (${count}, learning rate x${Number(rate.toPrecision(3))})`);
          return;
        }
        case 'epoch': {
          const { epoch, loss, accuracy, val_loss, val_accuracy, seconds } = event.row;
          say(
            `epoch ${epoch}/${event.epochs}: loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}, ` +
              `val_loss ${val_loss.toFixed(4)}, val_accuracy ${percent(val_accuracy)}, ${seconds.toFixed(1)} s${event.best ? ' (best)' : ''}`,
          );
        }
      }
    },
  };
}
