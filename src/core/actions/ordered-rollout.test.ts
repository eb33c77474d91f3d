import { describe, expect, it } from 'vitest';
import { planInput, pod, SECOND, T0, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { restart } from './restart.ts';

const set = (spec: object = {}): KubeObject => workload('StatefulSet', { spec: { replicas: 2, ...spec } });
const owner = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  name: 'web',
  uid: set().metadata.uid ?? '',
  controller: true,
};
const member = (name: string, status: object): KubeObject =>
  pod({ metadata: { name, uid: name, ownerReferences: [owner] }, status: { phase: 'Running', ...status } });
const ready = (status: 'True' | 'False', sinceStartMs: number) => ({
  startTime: toTimestamp(T0),
  conditions: [{ type: 'Ready', status, lastTransitionTime: toTimestamp(T0 + sinceStartMs) }],
});
const plan = (target: KubeObject, pods: readonly KubeObject[], strategy = 'rolling') =>
  restart.plan({
    ...planInput(templateOf({ type: 'restart', restartAction: { strategy } }), target),
    answers: { pods: { found: 'yes', objects: pods } },
  });

describe('a rolling restart of an ordered StatefulSet', () => {
  it.each<[string, object]>([
    ['whose pod has not been ready since its start', ready('False', SECOND)],
    [
      'whose pod has not started: it is pulled for ever',
      { phase: 'Pending', startTime: toTimestamp(T0), conditions: [] },
    ],
    ['whose pod finds no node', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False' }] }],
  ])('%s would replace nothing, and is refused with what would', (_title, status) => {
    const pods = [member('web-0', status), member('web-1', ready('True', SECOND))];
    expect(plan(set(), pods)).toMatchObject({
      kind: 'refused',
      reason: 'NotReached',
      message: expect.stringMatching(/waits for .*web-0, which was never ready.*then delete that pod/) as string,
    });
  });

  it.each<[string, KubeObject, object, string?]>([
    ['whose pod crashes and is ready in between', set(), ready('False', 60 * SECOND)],
    ['whose pods are ready', set(), ready('True', SECOND)],
    ['that replaces all at once', set({ podManagementPolicy: 'Parallel' }), ready('False', SECOND)],
  ])('%s goes on', (_title, target, status) => {
    expect(plan(target, [member('web-0', status)])).toMatchObject({ kind: 'requests' });
  });
});
