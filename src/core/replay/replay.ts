/** Decides again what was recorded, and says in what the two differ. */
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { assert } from '../../std/assert.ts';
import { given } from '../../std/given.ts';
import { explainActionGates, explainStep } from '../explain/explain-action.ts';
import { explainTarget } from '../explain/explain-target.ts';
import type { Explanation } from '../explain/explanation.ts';
import type { DecisionRecord } from './decision-record.ts';
import { keptEvaluation, keptStep } from './withheld.ts';

export interface Replay {
  readonly explanation: Explanation;
  /** None: the decision is the recorded one. */
  readonly differences: readonly Difference[];
}

/** One value of the decision; undefined where only the other one has it. */
export interface Difference {
  readonly path: string;
  readonly recorded?: unknown;
  readonly now?: unknown;
}

export function replay(record: DecisionRecord): Replay {
  const at = fromTimestamp(record.at);
  assert(at !== undefined, 'the time of a record is checked when it is read');
  const { decided, explanation } = decideAgain(record, at);
  return { explanation, differences: differencesOf(record.decided, asData(decided)) };
}

function decideAgain(
  record: DecisionRecord,
  at: Instant,
): { readonly decided: unknown; readonly explanation: Explanation } {
  switch (record.kind) {
    case 'target': {
      const { evaluation, explanation } = explainTarget(record.input, at);
      return { decided: keptEvaluation(evaluation), explanation };
    }
    case 'step': {
      const { step, explanation } = explainStep(record.input, at);
      return { decided: keptStep(step), explanation };
    }
    case 'gates': {
      const { verdict, explanation } = explainActionGates(record.input.scene, record.input.how, at);
      return { decided: verdict, explanation };
    }
  }
}

/** As a file has it. */
const asData = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function differencesOf(recorded: unknown, now: unknown, path = ''): readonly Difference[] {
  if (Object.is(recorded, now)) return [];
  if (!isMap(recorded) || !isMap(now) || Array.isArray(recorded) !== Array.isArray(now))
    return [{ path, ...given({ recorded, now }) }];
  const names = new Set([...Object.keys(recorded), ...Object.keys(now)]);
  return [...names].flatMap((name) =>
    differencesOf(
      recorded[name],
      now[name],
      Array.isArray(now) ? `${path}[${name}]` : `${path}${path === '' ? '' : '.'}${name}`,
    ),
  );
}

/** Lists too: by their places. */
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
