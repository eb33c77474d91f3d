/** What controllers make of workloads, and nodes of pods. */
import {
  BUDGETS,
  CRON_JOBS,
  DEPLOY,
  JOBS,
  PODS,
  REPLICA_SETS,
  SERVICES,
  STATEFUL_SETS,
  budget,
  deployment,
  eviction,
  podSpec,
  template,
  workload,
} from '../bodies.ts';
import type { ContractCase, Request } from '../case.ts';
import { create, eventually, get, jsonPatch, merge, refused, remove } from '../steps.ts';

const running = (replicas: number, spec: Readonly<Record<string, unknown>> = {}) =>
  deployment(replicas, { paused: false, ...spec });
const pods = (app: string) => `${PODS}?labelSelector=app%3D${app}`;
const REVISION = 'metadata.annotations[deployment.kubernetes.io/revision]';
const condition = (type: string) => `status.conditions[type=${type}]`;
const settled = (replicas: number): Request =>
  eventually(
    get(`${DEPLOY}/d`, {
      'status.readyReplicas': replicas,
      'status.updatedReplicas': replicas,
      'status.replicas': replicas,
      'status.unavailableReplicas': undefined,
    }),
  );
const retemplate = merge(`${DEPLOY}/d`, { spec: { template: { metadata: { annotations: { round: '2' } } } } });
const job = (name: string, spec: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: { template: { spec: podSpec({ restartPolicy: 'Never' }) }, ...spec },
});
const controllers = ['controllers'] as const;
const nodes = ['controllers', 'nodes'] as const;

export const WORKLOADS: readonly ContractCase[] = [
  {
    title: 'a new namespace gets a service account and the certificate of the cluster',
    needs: controllers,
    steps: [
      eventually(get('/api/v1/namespaces/{ns}/serviceaccounts/default', { kind: 'ServiceAccount' })),
      eventually(get('/api/v1/namespaces/{ns}/configmaps/kube-root-ca.crt', { 'data[ca.crt]': /^/ })),
    ],
  },
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
  {
    title: 'a StatefulSet makes its pods in order, with names that stay',
    needs: nodes,
    steps: [
      create(STATEFUL_SETS, workload('StatefulSet', 's', { serviceName: 's', replicas: 2 })),
      eventually(get(`${STATEFUL_SETS}/s`, { 'status.readyReplicas': 2, 'status.currentRevision': /^s-/ })),
      {
        ...get(`${PODS}/s-1`, { 'metadata.labels[apps.kubernetes.io/pod-index]': '1', 'spec.hostname': 's-1' }),
        keep: { old: 'metadata.uid' },
      },
      remove(`${PODS}/s-1`),
      eventually(
        get(`${PODS}?labelSelector=app%3Ds&fieldSelector=status.phase%3DRunning`, {
          'items[*].metadata.name': ['s-0', 's-1'],
        }),
      ),
      merge(`${STATEFUL_SETS}/s/scale`, { spec: { replicas: 1 } }),
      eventually(refused(get(`${PODS}/s-1`), 404, {})),
      get(`${PODS}/s-0`),
    ],
  },
  {
    title: 'a StatefulSet with a partition updates only the pods from there on',
    needs: nodes,
    steps: [
      create(
        STATEFUL_SETS,
        workload('StatefulSet', 's', {
          serviceName: 's',
          replicas: 2,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
        }),
      ),
      eventually(get(`${STATEFUL_SETS}/s`, { 'status.readyReplicas': 2 })),
      merge(`${STATEFUL_SETS}/s`, { spec: { template: { metadata: { annotations: { round: '2' } } } } }),
      eventually(get(`${PODS}/s-1`, { 'metadata.annotations.round': '2', 'status.phase': 'Running' })),
      get(`${PODS}/s-0`, { 'metadata.annotations': undefined }),
      eventually(get(`${STATEFUL_SETS}/s`, { 'status.updatedReplicas': 1 })),
    ],
  },
  {
    title: 'a DaemonSet has a pod on each node',
    needs: nodes,
    steps: [
      create('/apis/apps/v1/namespaces/{ns}/daemonsets', workload('DaemonSet', 'n', {})),
      eventually(
        get('/apis/apps/v1/namespaces/{ns}/daemonsets/n', {
          'status.numberUnavailable': undefined,
          'status.numberMisscheduled': 0,
          'status.observedGeneration': 1,
        }),
      ),
      eventually(
        get(pods('n'), {
          'items.0.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0.matchFields.0.key':
            'metadata.name',
        }),
      ),
    ],
  },
  {
    title: 'a suspended Job makes no pods; resumed, it does',
    needs: controllers,
    steps: [
      create(JOBS, job('j', { suspend: true })),
      eventually(get(`${JOBS}/j`, { [`${condition('Suspended')}.status`]: 'True' })),
      get(`${PODS}?labelSelector=job-name%3Dj`, { items: [] }),
      merge(`${JOBS}/j`, { spec: { suspend: false } }),
      eventually(get(`${PODS}?labelSelector=job-name%3Dj`, { 'items.length': 1 })),
      eventually(get(`${JOBS}/j`, { 'status.active': 1 })),
    ],
  },
  {
    title: 'a Job ends after its deadline',
    needs: controllers,
    steps: [
      create(JOBS, job('j', { activeDeadlineSeconds: 1 })),
      eventually(
        get(`${JOBS}/j`, {
          [`${condition('Failed')}.status`]: 'True',
          [`${condition('Failed')}.reason`]: 'DeadlineExceeded',
        }),
      ),
    ],
  },
  {
    title: 'a CronJob makes a Job in its minute',
    needs: controllers,
    steps: [
      create(
        CRON_JOBS,
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'c' },
          spec: { schedule: '* * * * *', jobTemplate: { spec: job('x').spec } },
        },
        { 'spec.concurrencyPolicy': 'Allow', 'spec.successfulJobsHistoryLimit': 3 },
      ),
      eventually(
        get(JOBS, { 'items.0.metadata.name': /^c-\d+$/, 'items.0.metadata.ownerReferences.0.kind': 'CronJob' }),
      ),
      eventually(get(`${CRON_JOBS}/c`, { 'status.lastScheduleTime': /:00Z$/ })),
    ],
  },
  {
    title: 'a budget counts its pods and lets as many be evicted as it can spare',
    needs: nodes,
    steps: [
      create(BUDGETS, budget('b', 'd', { minAvailable: 2 })),
      create(DEPLOY, running(2)),
      settled(2),
      eventually(
        get(`${BUDGETS}/b`, {
          'status.disruptionsAllowed': 0,
          'status.currentHealthy': 2,
          'status.desiredHealthy': 2,
          'status.expectedPods': 2,
        }),
      ),
      { ...get(pods('d')), keep: { first: 'items.0.metadata.name' } },
      refused(create(`${PODS}/{first}/eviction`, eviction('{first}')), 429, {
        reason: 'TooManyRequests',
        'details.causes.0.reason': 'DisruptionBudget',
      }),
      merge(`${BUDGETS}/b`, { spec: { minAvailable: 1 } }),
      eventually(get(`${BUDGETS}/b`, { 'status.disruptionsAllowed': 1, 'status.observedGeneration': 2 })),
      create(`${PODS}/{first}/eviction`, eviction('{first}')),
      eventually(refused(get(`${PODS}/{first}`), 404, {})),
      settled(2),
    ],
  },
  {
    title: 'a Service gets EndpointSlices of the pods that are ready',
    needs: nodes,
    steps: [
      create(SERVICES, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { selector: { app: 'd' }, ports: [{ port: 80 }] },
      }),
      create(DEPLOY, running(2)),
      settled(2),
      eventually(
        get('/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices?labelSelector=kubernetes.io/service-name%3Ds', {
          'items.length': 1,
          'items.0.endpoints.length': 2,
          'items.0.endpoints.0.conditions.ready': true,
          'items.0.ports.0.port': 80,
        }),
      ),
    ],
  },
  {
    title: 'an autoscaler without metrics says that it has none',
    needs: controllers,
    steps: [
      create('/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers', {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'h' },
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent' }, maxReplicas: 3 },
      }),
      eventually(
        get('/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/h', {
          [`${condition('AbleToScale')}.status`]: 'False',
          [`${condition('AbleToScale')}.reason`]: 'FailedGetScale',
        }),
      ),
    ],
  },
  {
    title: 'a pod that fits no node stays pending and says why',
    needs: nodes,
    steps: [
      create(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: podSpec({ nodeSelector: { 'contract.test/none': 'such' } }),
      }),
      eventually(
        get(`${PODS}/p`, {
          'status.phase': 'Pending',
          [`${condition('PodScheduled')}.reason`]: 'Unschedulable',
          [`${condition('PodScheduled')}.message`]:
            /^0\/\d+ nodes are available: .*didn't match Pod's node affinity\/selector/,
        }),
      ),
    ],
  },
  {
    title: 'a pod runs, is ready, and ends within its grace',
    needs: nodes,
    steps: [
      create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: podSpec() }),
      eventually(
        get(`${PODS}/p`, {
          'status.phase': 'Running',
          [`${condition('Ready')}.status`]: 'True',
          'status.containerStatuses.0.ready': true,
          'status.containerStatuses.0.restartCount': 0,
          'status.podIP': /\./,
        }),
      ),
      remove(`${PODS}/p`, { 'metadata.deletionGracePeriodSeconds': 1 }),
      eventually(refused(get(`${PODS}/p`), 404, {})),
    ],
  },
];
