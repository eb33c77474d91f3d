import { describe, expect, it } from 'vitest';
import { MINUTE, policyOf, T0 } from '../../../test/kit/core-data.ts';
import { evaluateTarget } from '../target/evaluate-target.ts';
import { INACTIVE } from '../target/episode.ts';
import { watchTriggers } from '../target/watched-triggers.ts';
import type { Firing, Observation } from '../observation.ts';
import { evaluateTrigger } from './index.ts';

const policy = policyOf({
  selector: { resources: [{ apiVersion: 'v1', kind: 'Node' }] },
  triggers: [{ name: 'broken', type: 'condition', conditionTrigger: { type: 'Broken', status: 'True' } }],
  actions: [{ name: 'away', type: 'drain', drainAction: { healthyFor: '10m' } }],
});
const [broken, well] = policy.triggers;
if (broken === undefined || well === undefined) throw new Error('no triggers');

type Conditions = Readonly<Record<string, string>>;
const seen = (conditions: Conditions, by: string | undefined = 'away'): Observation => ({
  target: {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', uid: 'n1-uid' },
    spec: { unschedulable: true },
    status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
  },
  pods: [],
  events: [],
  ...(by !== '' && { cordonedBy: { template: by, namespace: 'ops', name: 'n1-1' } }),
});
const WELL = { Ready: 'True', DiskPressure: 'False' };

describe('the trigger of healthyFor', () => {
  it.each<[string, Observation, Firing['holds'], string]>([
    ['holds for a node that is well', seen(WELL), 'true', 'still cordoned by HealingAction ops/n1-1'],
    ['not for one that is not ready', seen({ Ready: 'False' }), 'false', 'n1'],
    ['cannot tell while the kubelet is silent', seen({}), 'unknown', 'n1'],
    ['not under pressure', seen({ ...WELL, DiskPressure: 'True' }), 'false', 'DiskPressure=True'],
    ['not with a problem that a detector found', seen({ ...WELL, KernelDeadlock: 'True' }), 'false', 'KernelDeadlock'],
    ['not for the cordon of another action', seen(WELL, 'cordon'), 'false', 'no cordon of action away'],
    ['not for the cordon of a person', seen(WELL, ''), 'false', 'no cordon of action away'],
  ])('%s', (_title, observation, holds, words) => {
    const { firing } = evaluateTrigger(well, observation, T0);
    expect([firing.holds, firing.detail]).toEqual([holds, expect.stringContaining(words)]);
  });

  const watch = (conditions: Conditions, state: 'inactive' | 'firing') => {
    const before = state === 'firing' ? { broken: { ...INACTIVE, state, since: T0, detail: 'Broken=True' } } : {};
    const all = watchTriggers({ triggers: policy.triggers, observation: seen(conditions), before }, T0 + MINUTE);
    return all.find(({ trigger }) => trigger === well)?.firing.holds;
  };
  it.each<[string, Conditions, 'inactive' | 'firing', string]>([
    ['holds when the others have cleared', { ...WELL, Broken: 'False' }, 'firing', 'true'],
    ['not while another one is pending', { ...WELL, Broken: 'True' }, 'inactive', 'false'],
    ['not while the evidence of one that fired is out of sight', WELL, 'firing', 'false'],
    ['cannot tell while another one cannot', { ...WELL, Broken: 'Unknown' }, 'inactive', 'unknown'],
    ['is not held up by what this node never reports', WELL, 'inactive', 'true'],
  ])('%s', (_title, conditions, state, holds) => {
    // Broken=True is a problem of its own as well: here it is the word of the other trigger.
    expect(watch(conditions, state)).toBe(holds);
  });

  it('makes no target unhealthy: a node that is well counts in no mass failure', () => {
    const state = { triggers: { [well.name]: { ...INACTIVE, state: 'pending' as const, since: T0, detail: '' } } };
    const input = {
      policy,
      observation: seen({ ...WELL, Broken: 'False' }),
      state: { ...state, startedAt: T0, step: 0, exhausted: false },
    };
    const facts = { target: { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'n1-uid' } } as never;
    const evaluation = evaluateTarget({ ...input, facts }, T0 + MINUTE);
    expect([evaluation.standing, evaluation.decision.kind]).toEqual(['healthy', 'nothing']);
    expect(Object.keys(evaluation.state.triggers)).toEqual([well.name]);
  });
});
