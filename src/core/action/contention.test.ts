import { describe, expect, it } from 'vitest';
import { pod, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject, ObjectMeta } from '../../shapes/kube.ts';
import type { Answer } from '../actions/action-kind.ts';
import { contentionNeeds, contentionOf } from './contention.ts';

const REPLICAS = ['spec', 'replicas'];
const RESTARTED = ['spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'];
const MEMORY = ['spec', 'template', 'spec', 'containers', '1', 'resources', 'limits', 'memory'];
const IMAGE = ['spec', 'template', 'spec', 'containers', '1', 'image'];

const none: Answer = { found: 'yes', objects: [] };
const quiet = { autoscalers: none, verticalAutoscalers: none };
const by = (manager: string, fieldsV1: object, more: object = {}) => ({
  manager,
  operation: 'Apply',
  fieldsV1,
  ...more,
});
const ALL = { 'f:spec': { 'f:replicas': {} } };
const SECOND = {
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"b"}': { '.': {}, 'f:image': {} } } } } },
};

const web = (metadata: Partial<ObjectMeta>, kind = 'Deployment'): KubeObject =>
  workload(kind, {
    metadata,
    spec: { replicas: 3, template: { spec: { containers: [{ name: 'a' }, { name: 'b', image: 'b:1' }] } } },
  });
const owned = (metadata: Partial<ObjectMeta>, field: readonly string[] = REPLICAS, kind?: string) => {
  const contention = contentionOf(web(metadata, kind), [field], quiet);
  return contention.kind === 'none' ? 'nobody' : `${contention.kind}: ${contention.message}`;
};
const controlledBy = (kind: string) => [{ apiVersion: 'x/v1', kind, name: 'db', uid: 'u', controller: true }];

describe("a field is somebody else's", () => {
  it.each<[string, Partial<ObjectMeta>, string]>([
    [
      'Argo CD applied it',
      { managedFields: [by('argocd-controller', ALL)] },
      'owned: Argo CD application sets spec.replicas of Deployment shop/web',
    ],
    [
      'Argo CD applied it as kubectl does',
      {
        managedFields: [by('kubectl-client-side-apply', ALL)],
        annotations: { 'argocd.argoproj.io/tracking-id': 'pay:apps/Deployment:shop/web' },
      },
      'owned: Argo CD application pay sets',
    ],
    [
      'Flux applied it',
      {
        managedFields: [by('kustomize-controller', ALL)],
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' },
      },
      'owned: Flux Kustomization flux-system/apps sets',
    ],
    [
      'Flux installed its chart',
      { managedFields: [by('helm-controller', ALL)] },
      'owned: Flux HelmRelease sets spec.replicas of Deployment shop/web and would set it back at its next upgrade (sooner with driftDetection); change its values',
    ],
    ['KEDA set it', { managedFields: [by('keda-operator', ALL, { subresource: 'scale' })] }, 'owned: KEDA sets'],
    [
      'Flux made the object and nobody says who set what',
      { labels: { 'helm.toolkit.fluxcd.io/name': 'web' } },
      'owned: Flux HelmRelease web sets',
    ],
    [
      'the operator of its owner set it',
      { managedFields: [by('postgres-operator', ALL)], ownerReferences: controlledBy('Postgres') },
      'owned: Postgres db sets spec.replicas of Deployment shop/web and would set it back; change Postgres db, or let the policy say contention: ignore',
    ],
  ])('%s', (_, metadata, words) => {
    expect(owned(metadata)).toContain(words);
  });

  it('when its whole list, or a part of it, is', () => {
    const atomic = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': {} } } } };
    expect(owned({ managedFields: [by('argocd-controller', atomic)] }, IMAGE)).toContain(
      'spec.template.spec.containers.1.image',
    );
    expect(owned({ managedFields: [by('argocd-controller', SECOND)] }, ['spec', 'template'])).toContain(
      'Argo CD application sets spec.template',
    );
  });

  it('when an autoscaler sets it', () => {
    const scaler = (more: object): Answer => ({
      found: 'yes',
      objects: [
        {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'web', namespace: 'shop', ...more },
          spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
        },
      ],
    });
    const ask = (autoscalers: Answer) => contentionOf(web({}), [REPLICAS], { ...quiet, autoscalers });
    expect(ask(scaler({}))).toMatchObject({
      kind: 'owned',
      message: expect.stringContaining('HorizontalPodAutoscaler shop/web sets spec.replicas'),
    });
    expect(ask(scaler({ ownerReferences: controlledBy('ScaledObject') }))).toMatchObject({
      message: expect.stringContaining('ScaledObject db sets'),
    });
    expect(ask({ found: 'no', reason: 'Forbidden', message: 'may not list' })).toEqual({
      kind: 'unknown',
      message: 'whether an autoscaler sets fields of Deployment shop/web cannot be told: may not list',
    });
  });

  it('when a Deployment keeps its ReplicaSet as it is', () => {
    expect(owned({ ownerReferences: controlledBy('Deployment') }, REPLICAS, 'ReplicaSet')).toContain(
      'Deployment db sets spec.replicas',
    );
  });
});

describe('a field is free', () => {
  it.each<[string, Partial<ObjectMeta>, readonly string[]]>([
    ['when a person set it', { managedFields: [by('kubectl', ALL), by('kubectl-edit', ALL)] }, REPLICAS],
    [
      'when this operator set it',
      { managedFields: [by('kubeskippy', ALL)], ownerReferences: controlledBy('Postgres') },
      REPLICAS,
    ],
    [
      'when an autoscaler that is gone set it',
      { managedFields: [by('kube-controller-manager', ALL, { subresource: 'scale' })] },
      REPLICAS,
    ],
    ['when Argo CD applied others', { managedFields: [by('argocd-controller', ALL)] }, IMAGE],
    [
      'when Argo CD applied that of another element',
      { managedFields: [by('argocd-controller', SECOND)] },
      [...IMAGE.slice(0, 4), '0', 'image'],
    ],
    [
      'when Argo CD wrote only its status',
      { managedFields: [by('argocd-controller', ALL, { subresource: 'status' })] },
      REPLICAS,
    ],
    [
      'when Flux was told to leave the object alone',
      {
        managedFields: [by('kustomize-controller', ALL)],
        annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' },
      },
      REPLICAS,
    ],
    [
      'when no manifest has it: a restart',
      { managedFields: [by('argocd-controller', ALL)], ownerReferences: controlledBy('Postgres') },
      RESTARTED,
    ],
    ['when no manifest has it, managers unknown', { labels: { 'argocd.argoproj.io/instance': 'pay' } }, RESTARTED],
    ['when its CronJob only made it', { ownerReferences: controlledBy('CronJob') }, REPLICAS],
  ])('%s', (_, metadata, field) => {
    expect(owned(metadata, field)).toBe('nobody');
  });

  it('of a pod, whose controller sets nothing back', () => {
    const target = pod({ metadata: { ownerReferences: controlledBy('ReplicaSet') } });
    expect(contentionOf(target, [['metadata', 'labels', 'app']], {})).toEqual({ kind: 'none' });
  });

  it('until the next release of its chart, which is said', () => {
    const metadata = { managedFields: [by('helm', ALL)], annotations: { 'meta.helm.sh/release-name': 'web' } };
    expect(owned(metadata)).toBe('later: the next upgrade of Helm release web sets back spec.replicas');
  });
});

describe('what is read to tell', () => {
  it('is the autoscalers of the fields that they set, once', () => {
    expect(Object.keys(contentionNeeds(web({}), [REPLICAS, MEMORY], {}))).toEqual([
      'autoscalers',
      'verticalAutoscalers',
    ]);
    expect(contentionNeeds(web({}), [REPLICAS, MEMORY], quiet)).toEqual({});
    expect(contentionNeeds(web({}), [RESTARTED, IMAGE], {})).toEqual({});
  });
});
