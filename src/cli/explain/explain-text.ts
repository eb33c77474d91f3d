/** Why an object is healed, or why not, for a person who reads a terminal of 80 columns. */
import { wrapWords } from '../../std/wrap-words.ts';
import { explainStep } from '../../core/explain/explain-action.ts';
import { explainTarget } from '../../core/explain/explain-target.ts';
import type { Explanation } from '../../core/explain/explanation.ts';
import type { DecisionMade } from '../../core/replay/decision-record.ts';
import { toTimestamp } from '../../std/clock.ts';

export interface Explained {
  /** The policy that looks at the object, or the action on it. */
  readonly by: string;
  readonly at: string;
  readonly explanation: Explanation;
}

/** By the very functions that decide; live gates are asked by the process that acts, and none is here. */
export const explained = (decisions: readonly DecisionMade[]): readonly Explained[] =>
  decisions.flatMap((made): Explained[] => {
    const at = toTimestamp(made.now);
    switch (made.kind) {
      case 'target': {
        const { namespace, name } = made.input.policy;
        return [{ by: `policy ${namespace}/${name}`, at, ...only(explainTarget(made.input, made.now)) }];
      }
      case 'step': {
        const { namespace, name } = made.input.action;
        return [{ by: `action ${namespace}/${name}`, at, ...only(explainStep(made.input, made.now)) }];
      }
      case 'gates':
        return [];
    }
  });

const only = ({ explanation }: { readonly explanation: Explanation }) => ({ explanation });

export function explainText(what: string, all: readonly Explained[]): string {
  if (all.length === 0) return `${what}: no policy selects it, and no action is on it\n`;
  const texts = all.map(({ by, at, explanation }) => [
    what,
    ...wrapped('by', by),
    ...wrapped('at', at),
    ...lines(explanation),
  ]);
  return `${texts.map((rows) => rows.join('\n')).join('\n\n')}\n`;
}

function lines({ triggers, ladder, gates, decision }: Explanation): readonly string[] {
  return [
    ...wrapped('decision', decision),
    ...triggers.flatMap(({ trigger, wants, holds, seen, stage, since, differs }) => [
      ...wrapped('trigger', `${trigger}: ${wants}`),
      ...wrapped('', `${HOLDS[holds]}: ${seen}`),
      ...wrapped('', `${stage}${since === undefined ? '' : ` since ${since}`}; ${differs}`),
    ]),
    ...(ladder === undefined ? [] : wrapped('ladder', ladder)),
    ...gates.flatMap(({ gate, verdict, seen, differs }) => [
      ...wrapped('gate', `${gate} ${verdict}: ${seen}`),
      ...(differs === undefined ? [] : wrapped('', differs)),
    ]),
  ];
}

const HOLDS = { true: 'holds', false: 'does not hold', unknown: 'cannot be told' } as const;

const WIDTH = 80;
const INDENT = 12;

function wrapped(label: string, text: string): readonly string[] {
  return wrapWords(text, WIDTH - INDENT).map(
    (row, index) => (index === 0 && label !== '' ? `  ${label}` : '').padEnd(INDENT) + row,
  );
}
