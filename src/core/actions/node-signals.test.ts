import { describe, expect, it } from 'vitest';
import { controlledBy, MINUTE, planInput, pod, SECOND, T0, templateOf } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { Answer, PlanInput } from './action-kind.ts';
import { nodeSignals, uncorroborated } from './node-signals.ts';

const node = (conditions: readonly object[] = [], spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'a', uid: 'a-uid', resourceVersion: '5' },
  spec,
  status: { conditions: [{ type: 'Ready', status: 'True' }, ...conditions] },
});
const silent: KubeObject = { ...node(), status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } };

const found = (...objects: readonly KubeObject[]): Answer => ({ found: 'yes', objects });
const ill = (name: string, owner: string): KubeObject =>
  pod({
    metadata: { name, uid: name, ownerReferences: controlledBy('ReplicaSet', owner) },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] },
  });
const lease = (agoMs: number): Answer =>
  found({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'a', managedFields: [{ time: toTimestamp(T0 - agoMs) }] },
  });
const FORBIDDEN: Answer = { found: 'no', reason: 'Forbidden', message: 'no' };
const saw = (source: string, message: string) => ({ source, message });

function input(target: KubeObject, answers: PlanInput['answers'], seen: PlanInput['origin']['seen'] = []): PlanInput {
  const made = planInput(templateOf({ type: 'cordon' }), target, { answers: { pods: found(), ...answers }, now: T0 });
  return { ...made, origin: { ...made.origin, seen } };
}
const broken = [saw('condition', 'broken: Broken=True for 10s')];

describe('signs that a node is broken', () => {
  it.each<[string, PlanInput, readonly string[]]>([
    ['none of a node that is well', input(node(), { lease: lease(10 * SECOND) }), []],
    [
      'what its kubelet says',
      input(node([{ type: 'DiskPressure', status: 'True' }]), {}),
      ['its kubelet says DiskPressure=True'],
    ],
    [
      'one, when the trigger is what its kubelet says',
      input(node([{ type: 'DiskPressure', status: 'True' }]), {}, [saw('condition', 'full: DiskPressure=True for 1m')]),
      ['its kubelet says DiskPressure=True'],
    ],
    [
      'its silence, of which its pods are no other sign',
      input(silent, { pods: found(ill('x', '1'), ill('y', '2')), lease: lease(MINUTE) }),
      ['its kubelet is silent (Ready=Unknown)'],
    ],
    [
      'a lease that is not renewed, by the clock of the server',
      input(node(), { lease: lease(MINUTE) }),
      ['its lease is not renewed'],
    ],
    [
      'pods of two workloads',
      input(node(), { pods: found(ill('x', '1'), ill('y', '2')) }),
      ['pods of 2 workloads on it are not ready'],
    ],
    ['not the pods of one workload', input(node(), { pods: found(ill('x', '1'), ill('y', '1')) }), []],
    [
      'what a detector says',
      input(node([{ type: 'Broken', status: 'True' }]), {}, broken),
      ['trigger broken: Broken=True for 10s'],
    ],
    [
      'two, when triggers of two types fire',
      input(node(), {}, [...broken, saw('metric', 'slow: 9 > 5')]),
      ['trigger broken: Broken=True for 10s', 'trigger slow: 9 > 5'],
    ],
    [
      'a taint of its provider',
      input(node([], { taints: [{ key: 'node.cloudprovider.kubernetes.io/shutdown' }] }), {}),
      ['its provider has given it the taint node.cloudprovider.kubernetes.io/shutdown'],
    ],
    ['nothing of what may not be read', input(node(), { pods: FORBIDDEN, lease: FORBIDDEN }), []],
  ])('are %s', (_title, of, signals) => {
    expect(nodeSignals(of)).toEqual(signals);
  });

  it('are two at least, of a policy', () => {
    expect(uncorroborated(input(node(), {}, broken), 2)).toMatchObject({
      reason: 'Uncorroborated',
      message: expect.stringContaining('only this says so: trigger broken: Broken=True for 10s. Look at the node'),
    });
    expect(uncorroborated(input(node(), {}, broken), 1)).toBeUndefined();
    expect(uncorroborated(input(node([{ type: 'PIDPressure', status: 'True' }]), {}, broken), 2)).toBeUndefined();
  });

  it('are not counted of an action that a person makes by hand', () => {
    const { policy: _none, ...origin } = input(node(), {}).origin;
    expect(uncorroborated({ ...input(node(), {}), origin }, 2)).toBeUndefined();
  });
});
