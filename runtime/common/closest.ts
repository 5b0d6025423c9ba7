import { distance } from 'fastest-levenshtein';

/** The one of `words` that `word` was probably meant to be, or undefined when none is near (more than 2 in 5 letters off). */
export function closest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length * 0.4)) + 1;
  for (const candidate of words) {
    const d = distance(word.toLowerCase(), candidate.toLowerCase());
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

/** `unknown engine "ort-cup": did you mean ort-cpu? Known: ort-cpu, ort-cuda` */
export function unknownName(kind: string, name: string, known: Iterable<string>): string {
  const all = [...known];
  const near = closest(name, all);
  return `unknown ${kind} "${name}"${near ? `: did you mean ${near}?` : '.'} Known: ${all.join(', ')}`;
}
