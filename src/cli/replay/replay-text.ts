/** A decision that was made again, for a person to read. */
import type { ExplainedGate } from '../../core/explain/explained-gates.ts';
import type { ExplainedTrigger } from '../../core/explain/explained-triggers.ts';
import { describeTarget } from '../../core/observation.ts';
import { targetIn } from '../../core/replay/decision-record.ts';
import type { Difference, Replay } from '../../core/replay/replay.ts';
import { toTimestamp } from '../../std/clock.ts';
import { hangingText } from '../hanging-rows.ts';
import type { FileRecord } from './read-record.ts';

/** Of many differences the first ones say what happened; `-o json` has all. */
const MOST_DIFFERENCES = 10;
/** A recorded status or a list of evidence is longer than a line. */
const MOST_CHARACTERS = 160;
/** Of the texts, behind their labels. */
const COLUMN = 12;

/** `width`: of the terminal. Undefined: lines have no end. */
export function replayText(
  record: FileRecord,
  { explanation, differences }: Replay,
  width: number | undefined,
): string {
  const { triggers, ladder, tried = [], gates, why, decision } = explanation;
  const lines = [
    heading(record),
    ...triggers.flatMap(triggerLines),
    ...(ladder === undefined ? [] : [`  ladder    ${ladder}`]),
    ...tried.map((text, index) => `  ${(index === 0 ? 'tried' : '').padEnd(10)}${text}`),
    ...gates.flatMap(gateLines),
    ...(why === undefined ? [] : [`  why       ${why}`]),
    `  decision  ${decision}`,
    ...differenceLines(record, differences),
  ];
  return hangingText(lines, { width, column: COLUMN });
}

function heading(record: FileRecord): string {
  const target = describeTarget(targetIn(record));
  return `${record.at}  ${WHAT[record.kind]} ${target}, ${whose(record)}`;
}

const WHAT: Readonly<Record<FileRecord['kind'], string>> = {
  target: 'the evaluation of',
  step: 'the next step of an action on',
  gates: 'the gates, on live reads, of an action on',
};

/** The policy, or the action. */
export function whose({ kind, input }: FileRecord): string {
  switch (kind) {
    case 'target':
      return `policy ${input.policy.namespace}/${input.policy.name}`;
    case 'step':
      return `action ${input.action.namespace}/${input.action.name}`;
    case 'gates':
      return `action ${input.scene.action.namespace}/${input.scene.action.name}`;
  }
}

const triggerLines = ({ trigger, wants, holds, seen, stage, since, differs }: ExplainedTrigger): readonly string[] => [
  `  trigger   ${trigger}: ${wants}`,
  `            ${HOLDS[holds]}: ${seen}`,
  `            ${stage}${since === undefined ? '' : ` since ${since}`}; ${differs}`,
];

const HOLDS: Readonly<Record<ExplainedTrigger['holds'], string>> = {
  true: 'holds',
  false: 'does not hold',
  unknown: 'cannot be told',
};

const gateLines = ({ gate, verdict, seen, differs }: ExplainedGate): readonly string[] => [
  `  gate      ${gate} ${verdict}: ${seen}`,
  ...(differs === undefined ? [] : [`            ${differs}`]),
];

function differenceLines({ version }: FileRecord, differences: readonly Difference[]): readonly string[] {
  if (differences.length === 0) return ['  recorded  the same'];
  const shown = differences.slice(0, MOST_DIFFERENCES).map((one) => `            ${differenceText(one)}`);
  const more = differences.length - shown.length;
  return [
    `  recorded  DIFFERENT, by version ${version}:`,
    ...shown,
    ...(more > 0 ? [`            and ${more} more`] : []),
  ];
}

const differenceText = ({ path, recorded, now }: Difference): string =>
  `${path}: recorded ${valueText(recorded)}, now ${valueText(now)}`;

/** Records hold times in milliseconds since 1970; of this century nothing else is so large. */
const isInstant = (value: unknown): value is number =>
  typeof value === 'number' && value >= Date.UTC(2001, 8, 9) && value < Date.UTC(2100, 0);

function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (isInstant(value)) return toTimestamp(value);
  const text = JSON.stringify(value);
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
