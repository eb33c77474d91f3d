import { describe, expect, it } from 'vitest';
import type { NodeObject, PodObject, QuotaObject, WorkloadObject } from '../analysis/objects.ts';
import { admissionOf } from './admission.ts';
import { madeClaims, makerFor, nextPod } from './next-pod.ts';
import { quotaAgainst } from './quota.ts';
import { referencesOf } from './references.ts';
import { replacementOf, type SuccessorSight } from './replacement.ts';
import { roomFor, type RoomSight } from './room.ts';

const pod = (spec: object = {}, metadata: object = {}): PodObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'shop', uid: 'web-1', ...metadata },
  spec,
});
const asking = (requests: object, name = 'web-1') =>
  pod({ containers: [{ name: 'main', resources: { requests } }] }, { name, uid: name });

const maker = (kind: string, spec: object): WorkloadObject => ({
  apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
  kind,
  metadata: { name: 'web', namespace: 'shop', uid: 'web-uid' },
  spec,
});
const TEMPLATE = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main' }] } };

describe('the pod that would come next', () => {
  it('is what the template says, and belongs to its controller', () => {
    expect(nextPod(maker('Deployment', { template: TEMPLATE }))).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: 'web-',
        namespace: 'shop',
        labels: { app: 'web' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web-uid', controller: true }],
      },
      spec: { containers: [{ name: 'main' }] },
    });
  });

  it('of a StatefulSet has the claims of the pod that it replaces, which need not be there', () => {
    const set = maker('StatefulSet', { template: TEMPLATE, volumeClaimTemplates: [{ metadata: { name: 'data' } }] });
    const next = nextPod(set, { metadata: { name: 'web-2' } });
    expect(next?.spec?.volumes).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: 'data-web-2' } }]);
    expect(referencesOf(next ?? pod(), madeClaims(set))).toEqual([]);
  });

  it('is unknown of what makes no pod in place of each', () => {
    expect(nextPod(maker('Job', { template: TEMPLATE }))).toBeUndefined();
    expect(makerFor('restart', maker('Deployment', {}))).toBe('the target');
    expect(makerFor('delete', maker('Deployment', {}))).toBeUndefined();
    expect(makerFor('delete', pod())).toBeUndefined();
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'r', controller: true };
    expect(makerFor('delete', pod({}, { ownerReferences: [owner] }))).toEqual(owner);
  });
});

describe('names that a pod needs', () => {
  it('are those of its environment, volumes, pull secrets and account, without what is optional', () => {
    const found = referencesOf(
      pod({
        serviceAccountName: 'robot',
        imagePullSecrets: [{ name: 'registry' }],
        initContainers: [{ name: 'wait', envFrom: [{ secretRef: { name: 'db' } }] }],
        containers: [
          {
            name: 'main',
            env: [
              { name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } },
              { name: 'B', valueFrom: { secretKeyRef: { name: 'maybe', key: 'b', optional: true } } },
            ],
          },
        ],
        volumes: [
          { name: 'tls', secret: { secretName: 'cert' } },
          { name: 'all', projected: { sources: [{ configMap: { name: 'ca' } }, { secret: { name: 'token' } }] } },
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'scratch', emptyDir: {} },
        ],
      }),
      [],
    );
    expect(found.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'ServiceAccount/robot',
      'Secret/registry',
      'Secret/db',
      'ConfigMap/settings',
      'Secret/cert',
      'ConfigMap/ca',
      'Secret/token',
      'PersistentVolumeClaim/data',
    ]);
  });
});

describe('a quota', () => {
  const quota = (used: Record<string, string>, hard: Record<string, string>, spec: object = {}): QuotaObject => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team', namespace: 'shop' },
    spec,
    status: { used, hard },
  });

  it('lets one come back for each that goes, also when it is full', () => {
    const going = [asking({ cpu: '1' }, 'a'), asking({ cpu: '1' }, 'b')];
    expect(
      quotaAgainst(asking({ cpu: '1' }), going, [quota({ pods: '2', cpu: '2' }, { pods: '2', cpu: '2' })]),
    ).toBeUndefined();
  });

  it('that was lowered below what runs lets nothing come back', () => {
    const why = quotaAgainst(
      asking({ cpu: '1' }),
      [asking({ cpu: '1' })],
      [quota({ 'requests.cpu': '4' }, { 'requests.cpu': '2' })],
    );
    expect(why).toBe('quota team allows requests.cpu=2; used is 4, of which 1 would be freed and 1 asked for');
  });

  it('says nothing of what it does not count of this pod', () => {
    const full = { services: '1', 'limits.memory': '1Gi' };
    expect(quotaAgainst(asking({ cpu: '1' }), [], [quota({ services: '1', 'limits.memory': '2Gi' }, full)])).toBe(
      undefined,
    );
    const scoped = quota({ pods: '9' }, { pods: '1' }, { scopes: ['BestEffort'] });
    expect(quotaAgainst(asking({ cpu: '1' }), [], [scoped])).toBeUndefined();
  });
});

describe('room on the nodes', () => {
  const node = (name: string, { spec = {}, ready = 'True', labels = {}, cpu = '2' } = {}): NodeObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec,
    status: {
      allocatable: { cpu, memory: '4Gi', pods: '3' },
      conditions: [{ type: 'Ready', status: ready as 'True' | 'False' }],
    },
  });
  const sight = (nodes: readonly NodeObject[], podsOn: Record<string, readonly PodObject[]> = {}): RoomSight => ({
    nodes,
    seen: 'all',
    podsOn: new Map(Object.entries(podsOn)),
    volumes: [],
  });
  const on = (cpu: string, name: string) => asking({ cpu }, name);

  it('is what is left when the pod has gone that it replaces', () => {
    const going = on('2', 'old');
    expect(roomFor(on('2', 'new'), [going], sight([node('n')], { n: [going] })).room).toBe('yes');
    expect(roomFor(on('2', 'new'), [], sight([node('n')], { n: [going] }))).toEqual({
      room: 'no',
      why: 'it asks for cpu 2, and none of 1 of 1 nodes that would take it has that free (n: cpu 0)',
    });
  });

  it('is nowhere when no node may take it, and says why of each', () => {
    const nodes = [
      node('a', { ready: 'False' }),
      node('b', { spec: { unschedulable: true } }),
      node('c', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }),
      node('d'),
    ];
    expect(roomFor(pod({ nodeSelector: { disk: 'ssd' } }), [], sight(nodes))).toEqual({
      room: 'no',
      why: 'no node takes it: 1 of 4 is not ready, 1 of 4 is cordoned, 1 of 4 has a taint that it does not tolerate, 1 of 4 lacks labels that it asks for',
    });
  });

  it('is as many pods as a node runs', () => {
    const full = { n: [on('0', 'a'), on('0', 'b'), on('0', 'c')] };
    expect(roomFor(on('1', 'new'), [], sight([node('n')], full))).toMatchObject({
      room: 'no',
      why: expect.stringContaining('n: room for no more pods'),
    });
  });

  it('is unknown where nodes, or the pods of nodes, were not all read', () => {
    const none = sight([node('n', { ready: 'False' })]);
    expect(roomFor(pod(), [], { ...none, seen: 'some' }).room).toBe('unknown');
    expect(roomFor(on('3', 'new'), [], sight([node('a'), node('b')], { a: [] })).room).toBe('unknown');
  });

  it('is where the volumes of the pod are', () => {
    const needs = [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] }];
    const there = { ...sight([node('n', { labels: { zone: 'a' } })]), volumes: [needs] };
    expect(roomFor(pod(), [], there)).toMatchObject({ why: 'no node takes it: 1 of 1 cannot reach its volumes' });
  });
});

describe('what the API server says to a dry run', () => {
  const RBAC = 'pods is forbidden: User "u" cannot create resource "pods" in API group "" in the namespace "shop"';
  it.each<[string, number, string, string]>([
    ['admits', 201, '', 'yes'],
    ['has no right to say', 403, RBAC, 'unknown'],
    ['refuses by pod security', 403, 'pods "web-x" is forbidden: violates PodSecurity "restricted:latest"', 'no'],
    ['refuses by its schema', 422, 'Pod "web-x" is invalid: spec.containers[0].image: Required value', 'no'],
    ['refuses by an account that is gone', 403, 'pods "web-" is forbidden: error looking up service account', 'no'],
    ['refuses by a webhook that is down', 500, 'Internal error occurred: failed calling webhook "w"', 'no'],
    ['is broken itself', 500, 'etcdserver: request timed out', 'unknown'],
    ['meets a quota before the pod is gone', 403, 'pods "w" is forbidden: exceeded quota: team', 'by its quota'],
    ['meets a webhook that takes none', 400, 'admission webhook "w" does not support dry run', 'unknown'],
    ['meets the policy on the operator', 403, "ValidatingAdmissionPolicy 'kubeskippy-effects' denied", 'unknown'],
  ])('%s', (_title, status, message, admitted) => {
    expect(admissionOf({ status, message }, 'kubeskippy-effects').admitted).toBe(admitted);
  });
});

describe('a replacement', () => {
  const sight: SuccessorSight = {
    pod: pod(),
    going: [],
    names: [],
    quotas: { value: [] },
    admission: { admitted: 'yes' },
  };
  const db = { kind: 'Secret', name: 'db', by: 'volume db' } as const;

  it('is possible when nothing speaks against it', () => {
    expect(replacementOf(sight)).toEqual({ impossible: [], unchecked: [] });
  });

  it('is impossible by each thing that is missing, and all are named', () => {
    const data = { kind: 'PersistentVolumeClaim', name: 'data', by: 'volume data' } as const;
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      status: { phase: 'Lost' },
    };
    const found = replacementOf({
      ...sight,
      names: [
        { reference: db, found: { value: 'missing' } },
        { reference: data, found: { value: claim } },
      ],
      admission: { admitted: 'no', why: 'the API server refuses it: no' },
    });
    expect(found.impossible).toEqual([
      'Secret db, which volume db names, is not there',
      'PersistentVolumeClaim data, which volume data names, has lost its volume',
      'the API server refuses it: no',
    ]);
  });

  it('is not held back by what could not be looked at, and names it', () => {
    const found = replacementOf({
      ...sight,
      names: [
        { reference: db, found: { whyNot: 'they may not be read' } },
        { reference: { ...db, name: 'other' }, found: { whyNot: 'they may not be read' } },
      ],
      quotas: { whyNot: 'forbidden' },
      admission: { admitted: 'by its quota' },
      room: { whyNot: 'nodes may not be read' },
    });
    expect(found).toEqual({
      impossible: [],
      unchecked: [
        'Secrets (they may not be read)',
        'quotas (forbidden)',
        'admission (a quota has no room before the pod is gone)',
        'room on the nodes (nodes may not be read)',
      ],
    });
  });
});
