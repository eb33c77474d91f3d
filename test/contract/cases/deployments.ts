/** What the controllers of Deployments and ReplicaSets make of them. */
import { DEPLOY, PODS, REPLICA_SETS, podSpec, template, workload } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { condition, controllers, nodes, pods, running, settled } from '../controlled.ts';
import { create, eventually, get, jsonPatch, merge, refused, remove } from '../steps.ts';

const REVISION = 'metadata.annotations[deployment.kubernetes.io/revision]';
const retemplate = merge(`${DEPLOY}/d`, { spec: { template: { metadata: { annotations: { round: '2' } } } } });

export const DEPLOYMENTS: readonly ContractCase[] = [
  {
    title: 'a Deployment makes a ReplicaSet that makes pods',
    needs: controllers,
    steps: [
      create(DEPLOY, running(2)),
      eventually(get(pods('d'), { 'items.length': 2 })),
      get(REPLICA_SETS, {
        'items.length': 1,
        [`items.0.${REVISION}`]: '1',
        'items.0.metadata.ownerReferences.0.kind': 'Deployment',
        'items.0.metadata.ownerReferences.0.controller': true,
        'items.0.metadata.labels.pod-template-hash': /^[bcdf0-9a-z]+$/,
        'items.0.spec.replicas': 2,
      }),
      get(pods('d'), {
        'items.0.metadata.ownerReferences.0.kind': 'ReplicaSet',
        'items.0.metadata.generateName': /^d-[a-z0-9]+-$/,
      }),
      eventually(
        get(`${DEPLOY}/d`, {
          [REVISION]: '1',
          'status.observedGeneration': 1,
          [`${condition('Progressing')}.status`]: 'True',
        }),
      ),
    ],
  },
  {
    title: 'a deleted pod is made anew',
    needs: controllers,
    steps: [
      create(DEPLOY, running(1)),
      { ...eventually(get(pods('d'), { 'items.length': 1 })), keep: { name: 'items.0.metadata.name' } },
      remove(`${PODS}/{name}?gracePeriodSeconds=0`),
      eventually(get(`${PODS}?labelSelector=app%3Dd&fieldSelector=metadata.name!%3D{name}`, { 'items.length': 1 })),
    ],
  },
  {
    title: 'a paused Deployment makes no ReplicaSet for a new template until it is resumed',
    needs: controllers,
    steps: [
      create(DEPLOY, running(1)),
      eventually(get(REPLICA_SETS, { 'items.length': 1 })),
      merge(`${DEPLOY}/d`, { spec: { paused: true } }),
      eventually(get(`${DEPLOY}/d`, { [`${condition('Progressing')}.reason`]: 'DeploymentPaused' })),
      retemplate,
      eventually(get(`${DEPLOY}/d`, { 'status.observedGeneration': 3 })),
      get(REPLICA_SETS, { 'items.length': 1 }),
      merge(`${DEPLOY}/d`, { spec: { paused: false } }),
      eventually(get(REPLICA_SETS, { 'items.length': 2 })),
    ],
  },
  {
    title: 'a ReplicaSet adopts what its selector matches and lets go of what it does not',
    needs: controllers,
    steps: [
      create(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'stray', labels: { app: 'r' } },
        spec: podSpec({ nodeSelector: { none: 'such' } }),
      }),
      create(REPLICA_SETS, workload('ReplicaSet', 'r', { replicas: 1 })),
      eventually(get(`${PODS}/stray`, { 'metadata.ownerReferences.0.name': 'r' })),
      merge(`${PODS}/stray`, { metadata: { labels: { app: 'free' } } }),
      eventually(get(`${PODS}/stray`, { 'metadata.ownerReferences': undefined })),
      eventually(get(pods('r'), { 'items.length': 1 })),
    ],
  },
  {
    title: 'a Deployment becomes available and says so in conditions and events',
    needs: nodes,
    steps: [
      create(DEPLOY, running(2)),
      settled(2),
      eventually(
        get(`${DEPLOY}/d`, {
          [`${condition('Available')}.status`]: 'True',
          [`${condition('Available')}.reason`]: 'MinimumReplicasAvailable',
          [`${condition('Progressing')}.reason`]: 'NewReplicaSetAvailable',
          [`${condition('Progressing')}.message`]: /^ReplicaSet "d-[a-z0-9]+" has successfully progressed\.$/,
        }),
      ),
      eventually(
        get('/api/v1/namespaces/{ns}/events?fieldSelector=involvedObject.kind%3DDeployment', {
          'items.0.reason': 'ScalingReplicaSet',
          'items.0.message': /^Scaled up replica set d-[a-z0-9]+ from 0 to 2$/,
        }),
      ),
      eventually(
        get('/api/v1/namespaces/{ns}/events?fieldSelector=reason%3DScheduled', {
          'items.0.message': /^Successfully assigned .*d-/,
        }),
      ),
      eventually(
        get('/api/v1/namespaces/{ns}/events?fieldSelector=reason%3DStarted', {
          'items.length': 2,
          'items.0.source.component': 'kubelet',
        }),
      ),
    ],
  },
  {
    title: 'a rolling update makes a revision; undoing it makes the old one current',
    needs: nodes,
    steps: [
      create(
        DEPLOY,
        running(2, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
      ),
      settled(2),
      retemplate,
      settled(2),
      eventually(get(`${DEPLOY}/d`, { [REVISION]: '2' })),
      get(REPLICA_SETS, { 'items.length': 2 }),
      jsonPatch(`${DEPLOY}/d`, [{ op: 'remove', path: '/spec/template/metadata/annotations' }]),
      settled(2),
      eventually(get(`${DEPLOY}/d`, { [REVISION]: '3' })),
      get(REPLICA_SETS, { 'items.length': 2 }),
    ],
  },
  {
    title: 'Recreate ends the old pods before it makes new ones',
    needs: nodes,
    steps: [
      create(DEPLOY, running(1, { strategy: { type: 'Recreate' } })),
      settled(1),
      { ...get(pods('d')), keep: { old: 'items.0.metadata.name' } },
      retemplate,
      settled(1),
      eventually(refused(get(`${PODS}/{old}`), 404, {})),
      eventually(get(pods('d'), { 'items.length': 1 })),
    ],
  },
  {
    title: 'a rollout that does not progress says so',
    needs: controllers,
    steps: [
      create(
        DEPLOY,
        running(1, {
          progressDeadlineSeconds: 2,
          minReadySeconds: 1,
          template: template('d', { nodeSelector: { none: 'such' } }),
        }),
      ),
      eventually(
        get(`${DEPLOY}/d`, {
          [`${condition('Progressing')}.status`]: 'False',
          [`${condition('Progressing')}.reason`]: 'ProgressDeadlineExceeded',
        }),
      ),
    ],
  },
];
