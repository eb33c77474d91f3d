import { describe, expect, it } from 'vitest';
import { HOUR, planInput, T0, templateOf } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { uncordon } from './uncordon.ts';

const owner = (manager: string, field = 'f:unschedulable') => ({
  manager,
  operation: 'Update',
  fieldsV1: { 'f:spec': { [field]: {} } },
});
const node = (
  unschedulable: boolean,
  managers: readonly object[] = [owner('kubeskippy')],
  mark = 'a/1',
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'n1',
    uid: 'n1-uid',
    resourceVersion: '5',
    managedFields: managers,
    annotations: { 'kubeskippy.io/attempt': mark },
  },
  spec: { unschedulable },
});
const plan = (target: KubeObject, now = T0) =>
  uncordon.plan(planInput(templateOf({ type: 'uncordon' }), target, { now }));

describe('uncordon', () => {
  it('takes the cordon back, held to the node as it was read, with its own way back', () => {
    const made = plan(node(true));
    expect(made).toMatchObject({ kind: 'requests', next: 'verify', requests: [{ method: 'PATCH' }] });
    const [request] = made.kind === 'requests' ? made.requests : [];
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      metadata: { uid: 'n1-uid', resourceVersion: '5' },
      spec: { unschedulable: null },
    });
    expect(request?.inverse?.body).toBe('{"spec":{"unschedulable":true}}');
  });

  it.each<[string, KubeObject, string, string]>([
    ['a node that takes pods', node(false), 'NothingToDo', 'Node n1 is not cordoned'],
    ['one that kubectl has cordoned', node(true, [owner('kubectl-cordon')]), 'NotOurCordon', 'by kubectl-cordon'],
    [
      'one that kubectl has cordoned beside us',
      node(true, [owner('kubeskippy'), owner('kubectl-cordon')]),
      'NotOurCordon',
      'by kubectl-cordon',
    ],
    ['one of which the server knows no owner', node(true, []), 'NotOurCordon', 'the server does not say by whom'],
    [
      'one of which we have set another field',
      node(true, [owner('kubeskippy', 'f:taints')]),
      'NotOurCordon',
      'the server does not say by whom',
    ],
  ])('leaves %s', (_title, target, reason, words) => {
    expect(plan(target)).toMatchObject({ kind: 'refused', reason, message: expect.stringContaining(words) });
  });

  it('gives up after its time', () => {
    expect(plan(node(true), T0 + HOUR)).toMatchObject({ kind: 'refused', reason: 'TimedOut' });
  });

  it.each<[string, KubeObject | undefined, string]>([
    ['the node takes pods, and bears the mark', node(false, [], 'me/1'), 'done'],
    ['the node is cordoned as before', node(true), 'not done'],
    ['somebody cordoned it after us', node(true, [], 'me/1'), 'superseded'],
    ['somebody uncordoned it before us', node(false), 'superseded'],
    ['the node is gone', undefined, 'superseded'],
  ])('whose answer was lost: %s', (_title, target, outcome) => {
    const seen = { target, kind: 'Node', uid: 'n1-uid', marker: 'me/1', requests: [] };
    expect(uncordon.classify({ ...seen, template: templateOf({ type: 'uncordon' }) })).toBe(outcome);
  });
});
