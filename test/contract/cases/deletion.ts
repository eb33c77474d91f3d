/** Finalizers, grace, propagation, collections. */
import { CM, DEPLOY, PODS, REPLICA_SETS, WIDGETS, configMap, deployment, pod, widget, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, eventually, get, gone, kept, merge, put, refused, remove } from '../steps.ts';

const options = (more: Readonly<Record<string, unknown>>) => ({ apiVersion: 'v1', kind: 'DeleteOptions', ...more });
const HOLD = { finalizers: ['contract.test/hold'] };
const owned = (name: string, more: Readonly<Record<string, unknown>> = {}) =>
  configMap(
    name,
    {},
    { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '{owner}', ...more }] },
  );
const owner = kept(create(CM, configMap('owner')), { owner: 'metadata.uid' });
const rolling = { ...deployment(2), spec: { ...deployment(2).spec, paused: false } };
const letGo = [merge(`${CM}/a`, { metadata: { finalizers: null } })];

export const DELETION: readonly ContractCase[] = [
  {
    title: 'a finalizer holds an object until it is taken away',
    steps: [
      create(CM, configMap('a', {}, HOLD)),
      remove(`${CM}/a`, {
        kind: 'ConfigMap',
        'metadata.deletionGracePeriodSeconds': 0,
        'metadata.deletionTimestamp': /Z$/,
      }),
      refused(create(CM, configMap('a')), 409, {
        reason: 'AlreadyExists',
        message: 'object is being deleted: configmaps "a" already exists',
      }),
      ...letGo,
      gone(`${CM}/a`),
    ],
  },
  {
    title: 'no finalizer is added once a deletion is under way; the rest may change',
    steps: [
      create(CM, configMap('a', {}, HOLD)),
      remove(`${CM}/a`),
      refused(merge(`${CM}/a`, { metadata: { finalizers: ['contract.test/hold', 'contract.test/more'] } }), 422, {
        reason: 'Invalid',
        message:
          /metadata\.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"contract\.test\/more"\}/,
      }),
      merge(`${CM}/a`, { data: { k: '1' } }, { 'data.k': '1' }),
      ...letGo,
    ],
  },
  {
    title: 'PUT may take the last finalizer away',
    steps: [create(CM, configMap('a', {}, HOLD)), remove(`${CM}/a`), put(`${CM}/a`, configMap('a')), gone(`${CM}/a`)],
  },
  {
    title: 'an absent object cannot be deleted',
    steps: [refused(remove(`${CM}/absent`), 404, { message: 'configmaps "absent" not found' })],
  },
  {
    title: 'an unscheduled pod goes at once',
    steps: [
      create(PODS, pod('p', { terminationGracePeriodSeconds: 30 })),
      remove(`${PODS}/p`, { kind: 'Pod', 'metadata.deletionGracePeriodSeconds': 0 }),
      gone(`${PODS}/p`),
    ],
  },
  {
    title: 'a collection is deleted by selector',
    steps: [
      create(CM, configMap('x', {}, { labels: { go: 'y' } })),
      create(CM, configMap('z')),
      remove(`${CM}?labelSelector=go%3Dy`, { kind: 'ConfigMapList', 'items[*].metadata.name': ['x'] }),
      gone(`${CM}/x`),
      get(`${CM}/z`),
      remove(`${CM}?fieldSelector=metadata.name%3Dz`),
      gone(`${CM}/z`),
    ],
  },
  withKind('a collection of custom objects is deleted, what has a finalizer stays', {}, [
    create(WIDGETS, widget({}, 'a')),
    create(WIDGETS, { ...widget({}, 'b'), metadata: { name: 'b', ...HOLD } }),
    remove(WIDGETS),
    gone(`${WIDGETS}/a`),
    get(`${WIDGETS}/b`, { 'metadata.deletionTimestamp': /Z$/ }),
    merge(`${WIDGETS}/b`, { metadata: { finalizers: null } }),
  ]),
  {
    title: 'a delete with a body that is none is refused',
    steps: [
      create(CM, configMap('a')),
      refused(remove(`${CM}/a`, {}, '{"kind":'), 400, { reason: 'BadRequest' }),
      refused(remove(`${CM}/a`, {}, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }), 400, {
        reason: 'BadRequest',
      }),
      get(`${CM}/a`),
    ],
  },
  {
    title: 'a propagation policy that is none, or two at once, are refused',
    steps: [
      create(CM, configMap('a')),
      refused(remove(`${CM}/a`, {}, options({ propagationPolicy: 'Sideways' })), 422, { reason: 'Invalid' }),
      refused(remove(`${CM}/a`, {}, options({ propagationPolicy: 'Background', orphanDependents: true })), 422, {
        reason: 'Invalid',
      }),
    ],
  },
  {
    title: 'a negative grace period is one second, and none for a pod that no node has',
    steps: [
      create(PODS, pod('p')),
      remove(`${PODS}/p`, { 'metadata.deletionGracePeriodSeconds': 0 }, options({ gracePeriodSeconds: -5 })),
      gone(`${PODS}/p`),
    ],
  },
  withKind('a deletion raises the generation of a custom object', {}, [
    create(WIDGETS, { ...widget({}), metadata: { name: 'a', ...HOLD } }, { 'metadata.generation': 1 }),
    remove(`${WIDGETS}/a`, { 'metadata.generation': 2 }),
    merge(`${WIDGETS}/a`, { metadata: { finalizers: null } }),
  ]),
  {
    title: 'what an object owns goes with it',
    needs: ['controllers'],
    steps: [owner, create(CM, owned('child')), remove(`${CM}/owner`), eventually(gone(`${CM}/child`))],
  },
  {
    title: 'what an object owns stays when it is orphaned, and names it no more',
    needs: ['controllers'],
    steps: [
      owner,
      create(CM, owned('child')),
      remove(`${CM}/owner`, {}, options({ propagationPolicy: 'Orphan' })),
      eventually(gone(`${CM}/owner`)),
      get(`${CM}/child`, { 'metadata.ownerReferences': undefined }),
    ],
  },
  {
    title: 'a foreground deletion waits for what blocks it',
    needs: ['controllers'],
    steps: [
      owner,
      create(CM, {
        ...owned('child', { blockOwnerDeletion: true }),
        metadata: { ...owned('child', { blockOwnerDeletion: true }).metadata, ...HOLD },
      }),
      remove(
        `${CM}/owner`,
        { 'metadata.finalizers': ['foregroundDeletion'] },
        options({ propagationPolicy: 'Foreground' }),
      ),
      eventually(get(`${CM}/child`, { 'metadata.deletionTimestamp': /Z$/ })),
      get(`${CM}/owner`, { 'metadata.deletionTimestamp': /Z$/ }),
      merge(`${CM}/child`, { metadata: { finalizers: null } }),
      eventually(gone(`${CM}/owner`)),
    ],
  },
  {
    title: 'an object whose owner is not there is collected',
    needs: ['controllers'],
    steps: [
      create(
        CM,
        configMap(
          'child',
          {},
          { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: 'no-such-uid' }] },
        ),
      ),
      eventually(gone(`${CM}/child`)),
    ],
  },
  {
    title: 'a Deployment takes its ReplicaSets and pods along, or leaves them as orphans',
    needs: ['controllers'],
    steps: [
      create(DEPLOY, rolling),
      eventually(get(`${PODS}?labelSelector=app%3Dd`, { 'items.length': 2 })),
      remove(`${DEPLOY}/d`, {}, options({ propagationPolicy: 'Orphan' })),
      eventually(gone(`${DEPLOY}/d`)),
      get(REPLICA_SETS, { 'items.length': 1, 'items.0.metadata.ownerReferences': undefined }),
      remove(REPLICA_SETS, {}, options({ propagationPolicy: 'Background' })),
      eventually(get(`${PODS}?labelSelector=app%3Dd`, { items: [] })),
    ],
  },
  {
    title: 'a namespace takes along what is in it',
    needs: ['controllers'],
    steps: [
      create(
        '/api/v1/namespaces',
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: '{id}-more' } },
        { 'spec.finalizers': ['kubernetes'], 'status.phase': 'Active' },
      ),
      create('/api/v1/namespaces/{id}-more/configmaps', configMap('a')),
      remove('/api/v1/namespaces/{id}-more', { kind: 'Namespace', 'status.phase': 'Terminating' }),
      eventually(gone('/api/v1/namespaces/{id}-more')),
      get('/api/v1/namespaces/{id}-more/configmaps', { items: [] }),
    ],
    after: [remove('/api/v1/namespaces/{id}-more')],
  },
];
