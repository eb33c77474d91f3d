import { gateTable } from '../../../test/kit/gate-table.ts';
import { MINUTE, past, T0 } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { targetRef } from '../observation.ts';
import { uncordoned } from './uncordoned.ts';

const node = (marker: string, spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'a', uid: 'a-uid', annotations: { 'kubeskippy.io/attempt': marker } },
  spec,
});
const cordoning = past({ targetUid: 'a-uid', targetKind: 'Node', episodeStart: T0 - MINUTE });
const open = node('a-1/1');
const again = {
  target: targetRef(open),
  object: open,
  actionType: 'drain' as const,
  history: [cordoning],
  episodeStart: T0 - MINUTE,
};

gateTable(uncordoned, [
  [
    'a node that somebody has uncordoned in this episode',
    again,
    'somebody has uncordoned Node a since action shop/web-1',
  ],
  [
    'a node whose cordon the operator has taken back itself',
    { ...again, history: [{ ...cordoning, type: 'uncordon' }] },
    undefined,
  ],
  ['one that is cordoned still', { ...again, object: node('a-1/1', { unschedulable: true }) }, undefined],
  ['one that another action had cordoned', { ...again, object: node('a-2/1') }, undefined],
  ['one that was uncordoned in an episode before', { ...again, episodeStart: T0 }, undefined],
  ['an action that takes no node', { ...again, actionType: 'notify' }, undefined],
  [
    'one that an action which failed has uncordoned itself',
    { ...again, history: [{ ...cordoning, phase: 'Failed', ended: 'NotVerified' }] },
    undefined,
  ],
  [
    'one that was uncordoned in the middle of its drain',
    { ...again, history: [{ ...cordoning, phase: 'Failed', ended: 'Superseded' }] },
    'somebody has uncordoned',
  ],
]);
