import { describe, expect, it } from 'vitest';
import { policyOf, proposal, T0, WEB, workload } from '../../../test/kit/core-data.ts';
import { FINALIZER } from '../../api/names.ts';
import type { PastAction } from '../../core/history.ts';
import { type EvaluationInput, HEALTHY } from '../../core/target/evaluate-target.ts';
import { KubeError } from '../../kube/errors.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { proposing } from './proposing.ts';
import type { Proposed } from './target-lap.ts';

const { actionType: _type, policy: _policy, ...facts } = proposal();
const policy = policyOf();
const [restart] = policy.actions;
if (restart === undefined) throw new Error('the policy has an action');
const proposed: Proposed = {
  kind: 'propose',
  action: restart,
  step: 1,
  episodeStart: T0,
  triggers: ['looping'],
  evidence: [],
};
const input = (change: Partial<EvaluationInput> = {}): EvaluationInput => ({
  policy,
  observation: { target: workload('Deployment'), pods: [], events: [] },
  state: HEALTHY,
  facts,
  ...change,
});

function played(answer: () => 'created' | 'exists' = () => 'created') {
  const created: KubeObject[] = [];
  /** In order. */
  const did: string[] = [];
  const reserved = new Map<string, PastAction>();
  const logs: string[] = [];
  const ignore = () => undefined;
  const propose = proposing({
    clock: { now: () => T0 + 1 },
    history: {
      reserve: (key, past) => {
        did.push('reserve');
        reserved.set(key, past);
      },
      made: () => void did.push('made'),
      cancel: (key) => {
        did.push('cancel');
        reserved.delete(key);
      },
    },
    actions: {
      create: async (object) => {
        did.push('create');
        created.push(object);
        return answer();
      },
    },
    logger: { info: (_fields, message) => void logs.push(message), warn: ignore, error: ignore },
  });
  return { propose, created, did, reserved, logs };
}

describe('what was decided', () => {
  it('counts before it is created (law 3)', async () => {
    const { propose, created, did, reserved, logs } = played();
    await propose(input(), proposed);
    expect(did).toEqual(['reserve', 'create', 'made']);
    const [object] = created;
    // It costs no request of its own, and nothing deletes the action before its end is written down.
    expect(object?.metadata.finalizers).toEqual([FINALIZER]);
    expect(object?.metadata).toMatchObject({ namespace: 'shop', labels: { 'kubeskippy.io/target-name': 'web' } });
    expect([...reserved]).toMatchObject([
      [`shop/${object?.metadata.name}`, { targetUid: WEB.uid, rootUid: WEB.uid, phase: 'Pending', createdAt: T0 + 1 }],
    ]);
    expect(logs).toEqual(['created a HealingAction']);
  });

  it('has the same name each time, and another for another step (law 1)', async () => {
    const { propose, created } = played();
    await propose(input(), proposed);
    await propose(input(), proposed);
    await propose(input(), { ...proposed, step: 2 });
    const [first, second, third] = created.map(({ metadata }) => metadata.name);
    expect([second, third === first]).toEqual([first, false]);
  });

  it('that exists already goes on counting, and is not told again', async () => {
    const { propose, reserved, logs } = played(() => 'exists');
    await propose(input(), proposed);
    expect([reserved.size, logs]).toEqual([1, []]);
  });

  it('that could not be created counts no more, and is tried again', async () => {
    const { propose, reserved } = played(() => {
      throw new KubeError('no', { code: 'Forbidden', delivered: 'no' });
    });
    await expect(propose(input(), proposed)).rejects.toThrow('no');
    expect(reserved.size).toBe(0);
  });

  it.each<[string, Partial<EvaluationInput>, boolean]>([
    ['runs in earnest', {}, false],
    ['is a dry run when its policy is one', { policy: policyOf({ mode: 'dryrun' }) }, true],
    [
      'is a dry run when the operator makes nothing else',
      { facts: { ...facts, limits: { ...facts.limits, dryRun: 'All' } } },
      true,
    ],
  ])('%s', async (_title, change, dryRun) => {
    const { propose, created } = played();
    await propose(input(change), proposed);
    expect(created[0]?.['spec']).toMatchObject({ dryRun });
  });
});
