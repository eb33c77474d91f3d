/** Law 8: an input is data. Written to a file and read again, it leads to the same decision, for the same reasons. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainTarget } from '../../src/core/explain/explain-target.ts';
import { gates } from '../../src/core/gates/index.ts';
import { evaluateTarget } from '../../src/core/target/evaluate-target.ts';
import { SECOND } from '../kit/core-data.ts';
import { anyEvaluationInput, instant, throughJson } from '../kit/random-inputs.ts';

const now = instant(0, 5 * SECOND);

describe('the evaluation of a target', () => {
  it('decides the same on its input after a file, and the decision is data too', () => {
    fc.assert(
      fc.property(anyEvaluationInput, now, (input, at) => {
        const read = throughJson(input);
        expect(read).toStrictEqual(input);
        const evaluation = evaluateTarget(input, at);
        expect(evaluateTarget(read, at)).toStrictEqual(evaluation);
        expect(throughJson(evaluation)).toStrictEqual(evaluation);
      }),
      { numRuns: 200 },
    );
  });

  it('is reached in every way by the random inputs, so that the test above says something', () => {
    const decisions = fc
      .sample(fc.tuple(anyEvaluationInput, now), { numRuns: 1000, seed: 1 })
      .map(([input, at]) => evaluateTarget(input, at).decision);
    const kinds = new Set(decisions.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['blocked', 'exhausted', 'inFlight', 'nothing', 'propose', 'would']);
    const reasons = new Set(decisions.flatMap((decision) => (decision.kind === 'blocked' ? [decision.reason] : [])));
    expect(gates.map(({ reason }) => reason).filter((reason) => !reasons.has(reason))).toEqual([]);
  });
});

describe('the explanation of a target', () => {
  it('says what the decision says, and names the gate that decided first', () => {
    fc.assert(
      fc.property(anyEvaluationInput, now, (input, at) => {
        const { evaluation, explanation } = explainTarget(input, at);
        expect(evaluation).toStrictEqual(evaluateTarget(input, at));
        const { decision } = evaluation;
        const first = explanation.gates.find(({ verdict }) => verdict === 'refuses');
        if (decision.kind === 'propose' || decision.kind === 'would') expect(first).toBeUndefined();
        if (explanation.gates.length > 0 && decision.kind === 'blocked')
          expect([first?.gate, first?.seen]).toEqual([decision.reason, decision.message]);
        const { gates: explained, ladder = '', decision: inWords } = explanation;
        const differs = explanation.triggers.map((trigger) => [trigger.wants, trigger.differs]);
        expect(JSON.stringify([explained, ladder, inWords, differs])).not.toMatch(/undefined|NaN|Invalid|null/);
        expect(throughJson(explanation)).toStrictEqual(explanation);
      }),
      { numRuns: 200 },
    );
  });
});
