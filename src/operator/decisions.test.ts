import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE, past, podWith, policyOf, proposal, SECOND, T0, workload } from '../../test/kit/core-data.ts';
import { anyDecision, throughJson } from '../../test/kit/random-inputs.ts';
import { type DecisionMade, type DecisionRecord, recordOf } from '../core/replay/decision-record.ts';
import { replay } from '../core/replay/replay.ts';
import { type EvaluationInput, evaluateTarget, HEALTHY } from '../core/target/evaluate-target.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { ChangedDecisions } from './decisions.ts';
import { trimmed } from './trimmed-objects.ts';

const { actionType: _type, policy: _policy, ...FACTS } = proposal();
const loops = podWith({ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } });
const runs = podWith({ restartCount: 0, state: { running: {} } });

type TargetMade = Extract<DecisionMade, { readonly kind: 'target' }>;
const made = (change: Partial<EvaluationInput> = {}, now = T0): TargetMade => {
  const input = {
    policy: policyOf(),
    observation: { target: workload('Deployment'), pods: [loops], events: [] },
    state: HEALTHY,
    facts: FACTS,
    ...change,
  };
  return { kind: 'target', now, input, decided: evaluateTarget(input, now) };
};
const pods = (...seen: readonly (typeof loops)[]) => ({
  observation: { target: workload('Deployment'), pods: seen, events: [] },
});

function recording(maxSubjects?: number) {
  const kept: string[] = [];
  const decisions = new ChangedDecisions({ keep: (_record, label) => void kept.push(label.join(' ')) }, maxSubjects);
  return { kept, decisions };
}

describe('the decisions that are kept', () => {
  it('are those that differ from the last one on the same target', () => {
    const { kept, decisions } = recording();
    const pending = made();
    const next = (at: number) => made({ state: pending.decided.state }, T0 + at);
    for (const one of [made(pods(runs)), pending, next(SECOND), next(2 * SECOND), next(MINUTE)]) decisions.made(one);
    expect(kept).toEqual(['Deployment shop web target nothing', 'Deployment shop web target propose restart']);
  });

  it('do not change with the figures of a refusal alone', () => {
    const { kept, decisions } = recording();
    const firing = { state: { ...made().decided.state, startedAt: T0 } };
    const population = (troubled: number) => ({
      facts: { ...FACTS, population: { matched: 10, troubled, unhealthy: troubled, unknown: 0, healing: 0 } },
    });
    for (const troubled of [8, 9]) decisions.made(made({ ...firing, ...population(troubled) }, T0 + MINUTE));
    expect(kept).toEqual(['Deployment shop web target blocked MassFailure restart']);
  });

  it('say that it is over, and what begins after that is new', () => {
    const { kept, decisions } = recording();
    for (const seen of [loops, runs, runs, loops]) decisions.made(made(pods(seen)));
    expect(kept).toHaveLength(3);
  });

  it('of more subjects than are remembered are kept all the same', () => {
    const { kept, decisions } = recording(2);
    const of = (uid: string) => made({ facts: { ...FACTS, target: { ...FACTS.target, uid } } });
    for (const uid of ['a', 'b', 'c', 'c', 'b', 'a']) decisions.made(of(uid));
    // The place of a was needed for c.
    expect(kept).toHaveLength(4);
  });
});

/** As a file has it. */
const kept = (decision: DecisionMade): DecisionRecord => throughJson(recordOf(decision, trimmed));

describe('a kept input', () => {
  it('leads to the decision that was made', () => {
    fc.assert(
      fc.property(anyDecision, (decision) => {
        const record = kept(decision);
        expect(replay(record).differences).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('has of past actions only those that limits, cool-downs, breaker and ladder read', () => {
    const long = {
      createdAt: T0 - 3 * 60 * MINUTE,
      lastAttemptAt: T0 - 3 * 60 * MINUTE,
      completedAt: T0 - 3 * 60 * MINUTE,
    };
    const history = [
      past({ uid: 'elsewhere, long ago', policyUid: 'another', ...long }),
      past({ uid: 'elsewhere, just now', policyUid: 'another' }),
      past({ uid: 'elsewhere, in flight', policyUid: 'another', phase: 'InProgress', ...long }),
      past({ uid: 'of this policy', ...long }),
      past({ uid: 'of this target', policyUid: 'another', targetUid: FACTS.target.uid, ...long }),
    ];
    const record = kept(made({ facts: { ...FACTS, history } }, T0 + SECOND));
    expect(record.kind === 'target' && record.input.facts.history.map(({ uid }) => uid)).toEqual(
      history.slice(1).map(({ uid }) => uid),
    );
  });

  it('has nothing that no decision reads', () => {
    const SECRET = 'planted-4711';
    const whole = (object: KubeObject): KubeObject => ({
      ...object,
      metadata: {
        ...object.metadata,
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': SECRET },
        managedFields: [SECRET],
        finalizers: [SECRET],
      },
      spec: {
        template: { spec: { containers: [{ name: 'main', env: [{ name: 'PASSWORD', value: SECRET }] }] } },
        containers: [{ name: 'main', env: [{ name: 'PASSWORD', value: SECRET }] }],
      },
      data: { password: SECRET },
      stringData: { password: SECRET },
    });
    const spoke = podWith({
      restartCount: 4,
      state: { terminated: { exitCode: 1, message: SECRET } },
      lastState: { terminated: { exitCode: 1, message: SECRET } },
    });
    const target = whole(workload('Deployment'));
    const policy = policyOf({
      actions: [
        {
          name: 'patch',
          type: 'patch',
          description: SECRET,
          patchAction: { type: 'merge', patch: `{"a": "${SECRET}"}` },
        },
        { name: 'job', type: 'job', jobAction: { template: 'repair', parameters: { login: SECRET } } },
        { name: 'custom', type: 'custom', customAction: { executor: 'x', parameters: { key: SECRET } } },
        { name: 'notify', type: 'notify', notifyAction: { message: SECRET } },
      ],
    });
    const firing = { ...made().decided.state, startedAt: T0 };
    const secretive = made(
      {
        policy: {
          ...policy,
          metadata: { ...policy.metadata, annotations: { note: SECRET } },
          status: { blocked: [{ target: FACTS.target, reason: 'x', message: SECRET }] },
        },
        observation: { target, pods: [whole(spoke), loops], events: [] },
        state: firing,
        facts: {
          ...FACTS,
          object: target,
          chain: [whole({ apiVersion: 'example.com/v1', kind: 'Shop', metadata: { name: 'shop', uid: 'x' } })],
          namespace: whole({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }),
        },
      },
      T0 + MINUTE,
    );
    expect(secretive.decided.decision.kind).toBe('propose');
    expect(JSON.stringify(secretive)).toContain(SECRET);
    expect(JSON.stringify(kept(secretive))).not.toContain(SECRET);
    const secret = whole({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: 'shop' } });
    expect(trimmed(secret)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login', namespace: 'shop', annotations: {} },
    });
  });
});
