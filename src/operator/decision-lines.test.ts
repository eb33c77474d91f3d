import { describe, expect, it } from 'vitest';
import { podWith, policyOf, proposal, SECOND, T0, workload } from '../../test/kit/core-data.ts';
import type { DecisionMade } from '../core/replay/decision-record.ts';
import { evaluateTarget, HEALTHY, type TargetState } from '../core/target/evaluate-target.ts';
import { DecisionLines } from './decision-lines.ts';

const { actionType: _type, policy: _policy, ...FACTS } = proposal();
const loops = podWith({ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } });
const runs = podWith({ restartCount: 0, state: { running: {} } });
const firing: TargetState = {
  triggers: { looping: { state: 'firing', since: T0, detail: '' } },
  startedAt: T0,
  step: 0,
  exhausted: false,
};

const seen = (pod: typeof loops, facts: Partial<typeof FACTS> = {}): DecisionMade => {
  const input = {
    policy: policyOf(),
    observation: { target: workload('Deployment'), pods: [pod], events: [] },
    state: pod === loops ? firing : HEALTHY,
    facts: { ...FACTS, ...facts },
  };
  return { kind: 'target', now: T0, input, decided: evaluateTarget(input, T0) };
};
const inTrouble = (troubled: number) => ({
  population: { matched: 10, troubled, unhealthy: troubled, unknown: 0, healing: 0 },
});

const named = (name: string) => ({ target: { ...FACTS.target, name, uid: name } });

function logged() {
  const lines: { readonly fields: object; readonly message: string }[] = [];
  let now = T0;
  const decisions = new DecisionLines({
    clock: { now: () => now },
    logger: { info: (fields, message) => void lines.push({ fields, message }) },
  });
  return { decisions, lines, passes: (ms: number) => void (now += ms) };
}

describe('the lines of decisions', () => {
  it('say once what is decided, whatever becomes of its figures, and once that it is over', () => {
    const { decisions, lines } = logged();
    for (const troubled of [8, 9, 10]) decisions.made(seen(loops, inTrouble(troubled)));
    decisions.made(seen(loops));
    for (const _ of [1, 2]) decisions.made(seen(runs));
    expect(lines.map(({ message }) => message)).toEqual([
      'decided: blocked, MassFailure: 8 of 10 targets are unhealthy (8), unknown (0) or being healed (0); at most 5 may be',
      'decided: propose restart (restart) for Deployment shop/web, because of looping',
      'decided: nothing: no trigger fires for Deployment shop/web',
    ]);
    expect(lines[0]?.fields).toEqual({ target: 'Deployment shop/web', policy: 'shop/p' });
  });

  it('are none while nothing is wrong', () => {
    const { decisions, lines } = logged();
    for (const _ of [1, 2]) decisions.made(seen(runs));
    expect(lines).toEqual([]);
  });

  it('are fifty of a storm of hundreds, then one a second, which counts the others', () => {
    const { decisions, lines, passes } = logged();
    for (let i = 0; i < 300; i++) decisions.made(seen(loops, named(`web-${i}`)));
    expect(lines).toHaveLength(50);
    passes(SECOND);
    for (const name of ['a', 'b']) decisions.made(seen(loops, named(name)));
    expect(lines.slice(50).map(({ fields }) => fields)).toEqual([
      { target: 'Deployment shop/a', policy: 'shop/p', othersSinceLastLine: 250 },
    ]);
  });
});
