import type { StudyContext } from './context.js';

/** What a step gives: its result, or why there is none. */
export type Outcome<R> =
  | {
      /** JSON. */
      readonly result: R;
      /** What it wrote, below the study's folder: where one of these is gone or changed, the step is done again. */
      readonly files?: readonly string[];
    }
  | {
      /** Part of a sentence: why these images cannot have it. Its row stays blank, and that is no failure. */
      readonly blank: string;
    };

/** A part of the study. To add one, write it in a file and list it in `index.ts`, after the steps that it needs. */
export interface Step<R = unknown> {
  /** Of its record, and for `--only`. */
  readonly name: string;
  /** One line for `--help`. */
  readonly what: string;
  /** Steps whose results it reads. */
  readonly needs: readonly Step[];
  /** JSON: everything that decides its result besides those. Where that is as it was, the step is not done again. */
  settings(context: StudyContext): unknown;
  /** @throws OnwardError kind `interrupted` when the signal stopped it; others make it a failure, and the study goes on */
  run(context: StudyContext): Promise<Outcome<R>>;
  /** What of the result a reader of study.json wants. Default: all of it. */
  brief?(result: R): unknown;
}
