/** The forms in which verbs answer, and the width of what they print. */
import { stringify } from 'yaml';
import type { CliEnvironment } from './environment.ts';

export type AnswerForm = 'text' | 'json' | 'yaml';

/** `text` is asked for only when a person reads it. */
export function answerIn(form: AnswerForm, value: unknown, text: () => string): string {
  switch (form) {
    case 'text':
      return text();
    case 'json':
      return `${JSON.stringify(value, undefined, 2)}\n`;
    case 'yaml':
      // Through JSON, so that both have the same fields: one that is undefined is absent.
      return stringify(JSON.parse(JSON.stringify(value)), { lineWidth: 0, aliasDuplicateObjects: false });
  }
}

/** The columns of the terminal. Undefined when a program or a file reads, which has no right edge. */
export const widthOf = ({ stdout }: Pick<CliEnvironment, 'stdout'>): number | undefined =>
  stdout.isTTY === true ? stdout.columns : undefined;

/** Of sentences where no terminal says how wide they may be. */
export const PLAIN_WIDTH = 80;
/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 160;

export const sentenceWidth = (width: number | undefined): number =>
  width === undefined ? PLAIN_WIDTH : Math.max(40, Math.min(width, WIDEST));
