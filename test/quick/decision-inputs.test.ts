/** Law 8: an input is data. Written to a file and read again, it leads to the same decision, for the same reasons. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAction } from '../../src/core/action/action-gates.ts';
import { decideStep } from '../../src/core/action/step-action.ts';
import { explainStep } from '../../src/core/explain/explain-action.ts';
import { explainTarget } from '../../src/core/explain/explain-target.ts';
import type { Explanation } from '../../src/core/explain/explanation.ts';
import { gates } from '../../src/core/gates/index.ts';
import type { DecisionMade } from '../../src/core/replay/decision-record.ts';
import { evaluateTarget } from '../../src/core/target/evaluate-target.ts';
import { SECOND } from '../kit/core-data.ts';
import { anyDecision, anyEvaluationInput, anyStepInput, throughJson } from '../kit/random-inputs.ts';
import { instant } from '../kit/random-values.ts';

const now = instant(0, 5 * SECOND);

function again({ kind, input, now: at }: DecisionMade): unknown {
  switch (kind) {
    case 'target':
      return evaluateTarget(input, at);
    case 'step':
      return decideStep(input, at);
    case 'gates':
      return judgeAction(input.scene, input.how, at);
  }
}

describe('a decision', () => {
  it('is the same on its input after a file, and is data itself', () => {
    fc.assert(
      fc.property(anyDecision, (made) => {
        const read = throughJson(made);
        expect(read).toStrictEqual(made);
        expect(again(read)).toStrictEqual(made.decided);
      }),
      { numRuns: 600 },
    );
  });

  it('is reached in every way by the random inputs, so that the test above says something', () => {
    const made = fc.sample(anyDecision, { numRuns: 3000, seed: 1 });
    const targets = made.flatMap((one) => (one.kind === 'target' ? [one.decided.decision] : []));
    const steps = made.flatMap((one) => (one.kind === 'step' ? [one.decided] : []));
    const verdicts = made.flatMap((one) => (one.kind === 'gates' ? [one.decided] : []));
    expect([...new Set(targets.map(({ kind }) => kind))].toSorted()).toEqual([
      'blocked',
      'exhausted',
      'inFlight',
      'nothing',
      'propose',
      'would',
    ]);
    const blocked = new Set(targets.flatMap((decision) => (decision.kind === 'blocked' ? [decision.reason] : [])));
    // What is decided for a target answers a trigger that was just seen to hold. The random targets are no nodes,
    // and their histories hold too few healings of one workload.
    expect(gates.map(({ reason }) => reason).filter((reason) => !blocked.has(reason))).toEqual([
      'NotFiring',
      'Uncordoned',
      'Chronic',
    ]);
    expect([...new Set(steps.map((step) => step.do))].toSorted()).toEqual([
      'ask',
      'claim',
      'classify',
      'commit',
      'hold',
      'undo',
      'verify',
      'wait',
    ]);
    const refused = new Set(verdicts.map((verdict) => (verdict.allow ? 'allow' : verdict.reason)));
    expect([...refused]).toEqual(
      expect.arrayContaining([
        'allow',
        'ClaimLost',
        'PolicyChanged',
        'Protected',
        'Suspended',
        'NotFiring',
        'StaleObservation',
      ]),
    );
  });
});

/** Words without a hole: a value that is not there shows in none of them. What was seen may say NaN. */
function hasWords({ triggers, ladder = '', gates: explained, decision }: Explanation): void {
  const differs = triggers.map((trigger) => [trigger.wants, trigger.differs]);
  const words = JSON.stringify([explained, ladder, decision, differs]).replaceAll('the query answers NaN', '');
  expect(words).not.toMatch(/undefined|NaN|Invalid|null/);
}
const firstRefusal = (explanation: Explanation) => explanation.gates.find(({ verdict }) => verdict === 'refuses');

describe('an explanation', () => {
  it('of a target says what the decision says, and names the gate that decided first', () => {
    fc.assert(
      fc.property(anyEvaluationInput, now, (input, at) => {
        const { evaluation, explanation } = explainTarget(input, at);
        expect(evaluation).toStrictEqual(evaluateTarget(input, at));
        const { decision } = evaluation;
        const first = firstRefusal(explanation);
        if (decision.kind === 'propose' || decision.kind === 'would') expect(first).toBeUndefined();
        if (explanation.gates.length > 0 && decision.kind === 'blocked')
          expect([first?.gate, first?.seen]).toEqual([decision.reason, decision.message]);
        hasWords(explanation);
        expect(throughJson(explanation)).toStrictEqual(explanation);
      }),
      { numRuns: 200 },
    );
  });

  it('of a step names the gate that lets it wait or end, and refuses nothing where it is claimed', () => {
    fc.assert(
      fc.property(anyStepInput, now, (input, at) => {
        const { step, explanation } = explainStep(input, at);
        expect(step).toStrictEqual(decideStep(input, at));
        if (input.gates !== undefined) {
          const first = firstRefusal(explanation)?.gate;
          const said = step.do === 'wait' ? step.refused : step.do === 'commit' ? step.status.reason : undefined;
          // An action whose episode has ended ends with a word of its own.
          expect(first).toBe(said === 'Resolved' ? 'NotFiring' : said);
        }
        hasWords(explanation);
      }),
      { numRuns: 200 },
    );
  });
});
