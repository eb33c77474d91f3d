import { describe, expect, it } from 'vitest';
import { policyOf, SECOND, T0, workload } from '../../test/kit/core-data.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import { DEFAULT_COMMON_CAUSE } from '../api/common-cause-limits.ts';
import { targetRef } from '../core/observation.ts';
import { HEALTHY } from '../core/target/evaluate-target.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { toTimestamp, VirtualClock } from '../std/clock.ts';
import { CauseVoice } from './cause-voice.ts';
import { SharedCauses } from './common-causes.ts';
import { PolicyBook, type PolicyEntry } from './target/policy-book.ts';

const kept = (
  scope: 'Cluster' | 'Namespace' | 'Trait',
  more: object = {},
): NonNullable<PolicyStatus['commonCause']> => ({
  scope,
  since: toTimestamp(T0 - 600 * SECOND),
  told: true,
  ...more,
});
const named = (name: string): KubeObject => {
  const base = workload('Deployment');
  return { ...base, metadata: { ...base.metadata, namespace: 'shop', name, uid: name } };
};

/** A process that has just begun; nothing is known yet of what is shared. */
function begun() {
  const book = new PolicyBook();
  const clock = new VirtualClock(T0);
  const logger = { info: () => undefined, warn: () => undefined };
  const announced: string[] = [];
  const voice = new CauseVoice({
    clock,
    logger,
    namespace: 'kubeskippy',
    announce: (_about, { reason }) => void announced.push(reason),
  });
  const shared = new SharedCauses({
    clock,
    signal: new AbortController().signal,
    book,
    world: { byUid: (uid) => named(uid), chainOf: () => [] },
    traits: { of: () => [], wellWith: () => 0 },
    limits: () => DEFAULT_COMMON_CAUSE,
    onChange: () => undefined,
    voice,
  });
  /** A policy of one Deployment, as the process before left it. */
  const reads = (name: string, commonCause: PolicyStatus['commonCause']): PolicyEntry => {
    const episodes = [{ target: targetRef(named(name)), startedAt: toTimestamp(T0 - 600 * SECOND), triggers: [] }];
    const status = { episodes, commonCause } as unknown as PolicyStatus;
    const object = {
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingPolicy',
      metadata: { namespace: 'shop', name, uid: `policy-${name}`, generation: 1 },
    };
    return book.put(`shop/${name}`, { object, policy: policyOf(), problems: [], believed: () => ({ status }) }).entry;
  };
  const looksAt = (entry: PolicyEntry, name: string): void =>
    entry.set(name, {
      ref: targetRef(named(name)),
      rootUid: name,
      state: { ...HEALTHY, startedAt: T0 - 600 * SECOND },
      standing: 'unhealthy',
      decision: { kind: 'nothing' },
    });
  return { shared, reads, looksAt, announced, passes: (ms: number) => clock.jump(ms) };
}

describe('the stops of the process before', () => {
  it.each(['Cluster', 'Namespace'] as const)('go on while other policies are not even read: %s', (scope) => {
    const { shared, reads, looksAt, announced, passes } = begun();
    const entry = reads('a', kept(scope));
    looksAt(entry, 'a');
    expect(shared.in('shop', 'a')).toContain('before this process began');
    passes(10 * SECOND);
    expect([shared.in('shop', 'a'), announced]).toEqual([expect.any(String), []]);
    passes(60 * SECOND);
    expect([shared.in('shop', 'a'), announced]).toEqual([undefined, ['CommonCauseOver']]);
  });

  it('hold back those that were in trouble, until it can be known what they share', () => {
    const { shared, reads, looksAt, passes } = begun();
    const trait = 'dependency Service pay/db';
    looksAt(reads('a', kept('Trait', { trait })), 'a');
    expect([shared.in('shop', 'a'), shared.in('shop', 'other')]).toEqual([expect.any(String), undefined]);
    // In the same second, in which nothing is counted again.
    reads('b', kept('Trait', { trait }));
    expect([shared.in('shop', 'a'), shared.in('shop', 'b')]).toEqual([expect.any(String), expect.any(String)]);
    passes(10 * SECOND);
    expect(shared.in('shop', 'b')).toBeDefined();
    passes(60 * SECOND);
    expect([shared.in('shop', 'a'), shared.in('shop', 'b')]).toEqual([undefined, undefined]);
  });
});
