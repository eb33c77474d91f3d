import { describe, expect, it } from 'vitest';
import { podWith, policyOf, proposal, SECOND, T0, workload } from '../../test/kit/core-data.ts';
import type { DecisionMade } from '../core/replay/decision-record.ts';
import { evaluateTarget, HEALTHY, type TargetState } from '../core/target/evaluate-target.ts';
import { VirtualClock } from '../std/clock.ts';
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

const named = (name: string) => {
  const { metadata } = workload('Deployment');
  const object = { ...workload('Deployment'), metadata: { ...metadata, name, uid: name } };
  return { target: { ...FACTS.target, name, uid: name }, object };
};

function logged() {
  const lines: { readonly fields: object; readonly message: string }[] = [];
  const clock = new VirtualClock(T0);
  const decisions = new DecisionLines({
    clock,
    logger: { info: (fields, message) => void lines.push({ fields, message }) },
  });
  return { decisions, lines, clock };
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
    const episode = expect.stringMatching(/^[\da-f]{32}$/) as unknown;
    expect(lines[0]?.fields).toEqual({ target: 'Deployment shop/web', policy: 'shop/p', episode });
  });

  it('are none while nothing is wrong', () => {
    const { decisions, lines } = logged();
    for (const _ of [1, 2]) decisions.made(seen(runs));
    expect(lines).toEqual([]);
  });

  it('are ten of a storm of hundreds for one reason, then one in half a minute, which counts the others', async () => {
    const { decisions, lines, clock } = logged();
    for (let i = 0; i < 300; i++) decisions.made(seen(loops, named(`web-${i}`)));
    expect(lines).toHaveLength(10);
    await clock.advance(30 * SECOND);
    for (const name of ['a', 'b']) decisions.made(seen(loops, named(name)));
    expect(lines.slice(10).map(({ fields }) => fields)).toMatchObject([
      { target: 'Deployment shop/a', policy: 'shop/p', sameForOthersSinceLastLine: 290 },
    ]);
  });

  it('of one reason leave room for those of another, and of another policy', () => {
    const { decisions, lines } = logged();
    for (let i = 0; i < 300; i++) decisions.made(seen(loops, named(`web-${i}`)));
    decisions.made(seen(loops, { ...named('web-1'), ...inTrouble(8) }));
    decisions.made(ofPolicy('q', seen(loops, named('web-2'))));
    expect(lines.slice(10).map(({ fields }) => fields)).toMatchObject([
      { target: 'Deployment shop/web-1', policy: 'shop/p' },
      { target: 'Deployment shop/web-2', policy: 'shop/q' },
    ]);
  });

  it('are fifty at once for whatever reasons', () => {
    const { decisions, lines } = logged();
    for (let n = 0; n < 30; n++)
      for (let i = 0; i < 10; i++) decisions.made(ofPolicy(`p-${n}`, seen(loops, named(`web-${i}`))));
    expect(lines).toHaveLength(50);
  });
});

const ofPolicy = (name: string, made: DecisionMade): DecisionMade =>
  made.kind === 'target'
    ? { ...made, input: { ...made.input, policy: { ...made.input.policy, name, uid: name } } }
    : made;
