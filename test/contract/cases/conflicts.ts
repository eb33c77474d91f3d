/** resourceVersion and uid as preconditions. */
import { CM, DEPLOY, configMap, deployment } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, get, jsonPatch, kept, merge, put, refused, remove, strategic } from '../steps.ts';

const MODIFIED =
  'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again';
const deleteOptions = (preconditions: unknown) => ({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions });

export const CONFLICTS: readonly ContractCase[] = [
  {
    title: 'creating twice is a conflict',
    steps: [
      create(CM, configMap('a')),
      refused(create(CM, configMap('a')), 409, {
        reason: 'AlreadyExists',
        message: 'configmaps "a" already exists',
        details: { name: 'a', kind: 'configmaps' },
      }),
    ],
  },
  {
    title: 'a resourceVersion is refused on create',
    steps: [
      refused(create(CM, configMap('a', {}, { resourceVersion: '5' })), 500, {
        message: 'resourceVersion should not be set on objects to be created',
      }),
    ],
  },
  {
    title: 'a stale resourceVersion is a conflict for PUT',
    steps: [
      kept(create(CM, configMap('a')), { rv: 'metadata.resourceVersion' }),
      merge(`${CM}/a`, { data: { k: '1' } }),
      refused(put(`${CM}/a`, configMap('a', { k: '2' }, { resourceVersion: '{rv}' })), 409, {
        reason: 'Conflict',
        message: MODIFIED,
        details: { name: 'a', kind: 'configmaps' },
      }),
      get(`${CM}/a`, { data: { k: '1' } }),
    ],
  },
  {
    title: 'a stale resourceVersion in a patch is a conflict, for each type of patch',
    steps: [
      kept(create(CM, configMap('a')), { rv: 'metadata.resourceVersion' }),
      merge(`${CM}/a`, { data: { k: '1' } }),
      refused(merge(`${CM}/a`, { metadata: { resourceVersion: '{rv}' }, data: { k: '2' } }), 409, {
        reason: 'Conflict',
        message: MODIFIED,
      }),
      refused(strategic(`${CM}/a`, { metadata: { resourceVersion: '{rv}' }, data: { k: '2' } }), 409, {
        reason: 'Conflict',
      }),
      refused(jsonPatch(`${CM}/a`, [{ op: 'replace', path: '/metadata/resourceVersion', value: '{rv}' }]), 409, {
        reason: 'Conflict',
      }),
      get(`${CM}/a`, { data: { k: '1' } }),
    ],
  },
  {
    title: 'the current resourceVersion lets a patch pass',
    steps: [
      kept(create(CM, configMap('a')), { rv: 'metadata.resourceVersion' }),
      merge(`${CM}/a`, { metadata: { resourceVersion: '{rv}' }, data: { k: '2' } }, { 'data.k': '2' }),
    ],
  },
  {
    title: 'writes that change nothing keep the resourceVersion',
    steps: [
      kept(create(CM, configMap('a', { k: '1' })), { rv: 'metadata.resourceVersion' }),
      put(`${CM}/a`, configMap('a', { k: '1' }), { 'metadata.resourceVersion': '{rv}' }),
      merge(`${CM}/a`, { data: { k: '1' } }, { 'metadata.resourceVersion': '{rv}' }),
      strategic(`${CM}/a`, { data: { k: '1' } }, { 'metadata.resourceVersion': '{rv}' }),
      jsonPatch(`${CM}/a`, [], { 'metadata.resourceVersion': '{rv}' }),
    ],
  },
  {
    title: 'PUT with resourceVersion 0 is unconditional; with one that is no number it fails',
    steps: [
      create(CM, configMap('a')),
      put(`${CM}/a`, configMap('a', { k: '1' }, { resourceVersion: '0' }), { 'data.k': '1' }),
      refused(put(`${CM}/a`, configMap('a', { k: '2' }, { resourceVersion: 'soon' })), 500, {
        message: 'strconv.ParseUint: parsing "soon": invalid syntax',
      }),
    ],
  },
  {
    title: 'PUT with the uid of an object made anew is a conflict',
    steps: [
      kept(create(CM, configMap('a')), { old: 'metadata.uid' }),
      remove(`${CM}/a`),
      create(CM, configMap('a')),
      refused(put(`${CM}/a`, configMap('a', { k: '1' }, { uid: '{old}' })), 409, {
        reason: 'Conflict',
        message: /Precondition failed: UID in precondition: /,
      }),
    ],
  },
  {
    title: 'a uid does not change by patch',
    steps: [
      create(CM, configMap('a')),
      refused(merge(`${CM}/a`, { metadata: { uid: '11111111-1111-1111-1111-111111111111' } }), 422, {
        reason: 'Invalid',
        'details.causes.0.field': 'metadata.uid',
        'details.causes.0.message': /field is immutable$/,
      }),
    ],
  },
  {
    title: 'a delete with another uid or resourceVersion is a conflict',
    steps: [
      kept(create(CM, configMap('a')), { rv: 'metadata.resourceVersion', uid: 'metadata.uid' }),
      merge(`${CM}/a`, { data: { k: '1' } }),
      refused(remove(`${CM}/a`, {}, deleteOptions({ uid: 'other' })), 409, {
        reason: 'Conflict',
        message: /the UID in the precondition \(other\) does not match the UID in record/,
      }),
      refused(remove(`${CM}/a`, {}, deleteOptions({ resourceVersion: '{rv}' })), 409, {
        reason: 'Conflict',
        message: /the ResourceVersion in the precondition \(\d+\) does not match the ResourceVersion in record/,
      }),
      remove(`${CM}/a`, { status: 'Success' }, deleteOptions({ uid: '{uid}' })),
    ],
  },
  {
    title: 'a stale status or scale is a conflict',
    steps: [
      kept(create(DEPLOY, deployment(1)), { rv: 'metadata.resourceVersion' }),
      merge(`${DEPLOY}/d`, { spec: { minReadySeconds: 3 } }),
      refused(put(`${DEPLOY}/d/status`, { ...deployment(1), metadata: { name: 'd', resourceVersion: '{rv}' } }), 409, {
        reason: 'Conflict',
      }),
      refused(
        put(`${DEPLOY}/d/scale`, {
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          metadata: { name: 'd', namespace: '{ns}', resourceVersion: '{rv}' },
          spec: { replicas: 2 },
        }),
        409,
        { reason: 'Conflict' },
      ),
    ],
  },
];
