import { escapeHtml, type Plot } from '../../evaluate/index.js';
import type { Step } from '../step.js';
import { reasonIn, resultIn, type Study } from '../study.js';

/** A part of the page. To add one, write it in a file of `page/` and list it in `index.ts`. */
export interface StudySection {
  readonly id: string;
  readonly title: string;
  /** HTML below the title. */
  make(study: Study): string | Promise<string>;
  /** Its plots, also as files. */
  plots?(study: Study): readonly Plot[];
}

/** A section that shows what one step gave, and says so where there is nothing. */
export const sectionOf = <R>(
  step: Step<R>,
  {
    id,
    title,
    show,
    plots,
  }: {
    id: string;
    title: string;
    show(result: R, study: Study): string | Promise<string>;
    plots?(result: R): readonly Plot[];
  },
): StudySection => ({
  ...{ id, title },
  make(study) {
    const result = resultIn(study, step);
    return result === undefined ? nothing(reasonIn(study, step) ?? '') : show(result, study);
  },
  plots(study) {
    const result = resultIn(study, step);
    return result === undefined ? [] : (plots?.(result) ?? []);
  },
});

export const nothing = (reason: string): string => `<p class="blank">Blank: ${escapeHtml(reason)}.</p>`;

export const whole = (value: number): string => value.toLocaleString('en');
