/** Why an object is healed, or why not, for a person who reads a terminal of 80 columns. */
import type { HealingAction } from '../../api/parse-action.ts';
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
  decisions.toSorted(inOrder).flatMap((made): Explained[] => {
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

/** What policies decide comes first, by their names, then actions in the order in which they were made. */
function inOrder(a: DecisionMade, b: DecisionMade): number {
  const [x, y] = [placeOf(a), placeOf(b)];
  return x.age - y.age || (x.name < y.name ? -1 : Number(x.name > y.name));
}

function placeOf(made: DecisionMade): { readonly age: number; readonly name: string } {
  switch (made.kind) {
    case 'target':
      return { age: 0, name: `${made.input.policy.namespace}/${made.input.policy.name}` };
    case 'step':
      return ageOf(made.input.action);
    case 'gates':
      return ageOf(made.input.scene.action);
  }
}

const ageOf = ({ createdAt = 0, namespace, name }: HealingAction) => ({
  age: Math.max(1, createdAt),
  name: `${namespace}/${name}`,
});

const only = ({ explanation }: { readonly explanation: Explanation }) => ({ explanation });

export function explainText(what: string, all: readonly Explained[], width: number): string {
  const wrapped: Wrapped = (label, text) => labelled(label, text, width);
  if (all.length === 0) return `${what}: no policy selects it, and no action is on it\n`;
  const texts = all.map(({ by, at, explanation }) => [
    what,
    ...wrapped('by', by),
    ...wrapped('at', at),
    ...lines(explanation, wrapped),
  ]);
  return `${texts.map((rows) => rows.join('\n')).join('\n\n')}\n`;
}

type Wrapped = (label: string, text: string) => readonly string[];

function lines(
  { triggers, ladder, tried = [], gates, why, decision }: Explanation,
  wrapped: Wrapped,
): readonly string[] {
  return [
    ...wrapped('decision', decision),
    ...triggers.flatMap(({ trigger, wants, holds, seen, stage, since, differs }) => [
      ...wrapped('trigger', `${trigger}: ${wants}`),
      ...wrapped('', `${HOLDS[holds]}: ${seen}`),
      ...wrapped('', `${stage}${since === undefined ? '' : ` since ${since}`}; ${differs}`),
    ]),
    ...(why === undefined ? [] : wrapped('why', why)),
    ...(ladder === undefined ? [] : wrapped('ladder', ladder)),
    ...tried.flatMap((text, index) => wrapped(index === 0 ? 'tried' : '', text)),
    ...gates.flatMap(({ gate, verdict, seen, differs }) => [
      ...wrapped('gate', `${gate} ${verdict}: ${seen}`),
      ...(differs === undefined ? [] : wrapped('', differs)),
    ]),
  ];
}

const HOLDS = { true: 'holds', false: 'does not hold', unknown: 'cannot be told' } as const;

const INDENT = 12;

function labelled(label: string, text: string, width: number): readonly string[] {
  return wrapWords(text, width - INDENT).map(
    (row, index) => (index === 0 && label !== '' ? `  ${label}` : '').padEnd(INDENT) + row,
  );
}
