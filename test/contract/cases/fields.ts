/** Strict field validation, warnings, dry runs. */
import { CM, DEPLOY, PODS, WIDGETS, configMap, deployment, pod, widget, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import {
  apply,
  create,
  get,
  gone,
  invalid,
  jsonPatch,
  kept,
  merge,
  put,
  refused,
  remove,
  strategic,
  warned,
  withHeaders,
} from '../steps.ts';

const stray = { ...configMap('a', { k: '1' }), stray: 1 };

export const FIELDS: readonly ContractCase[] = [
  {
    title: 'an unknown field is warned of and dropped unless the request says otherwise',
    steps: [
      warned(create(CM, stray, { stray: undefined }), 'unknown field "stray"'),
      warned(put(`${CM}/a?fieldValidation=Warn`, stray), 'unknown field "stray"'),
      warned(put(`${CM}/a?fieldValidation=Ignore`, stray)),
    ],
  },
  {
    title: 'an unknown field is refused in strict requests',
    steps: [
      refused(create(`${CM}?fieldValidation=Strict`, stray), 400, {
        reason: 'BadRequest',
        message:
          'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "stray"',
      }),
      gone(`${CM}/a`),
    ],
  },
  {
    title: 'a duplicate field is refused in strict requests and warned of in others',
    steps: [
      refused(
        create(
          `${CM}?fieldValidation=Strict`,
          '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","name":"b"}}',
        ),
        400,
        {
          message: /strict decoding error: duplicate field "metadata\.name"$/,
        },
      ),
      warned(
        create(CM, '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","name":"b"}}', {
          'metadata.name': 'b',
        }),
        'duplicate field "metadata.name"',
      ),
    ],
  },
  {
    title: 'unknown fields are found deep inside and in lists, and told of together',
    steps: [
      refused(
        create(
          `${PODS}?fieldValidation=Strict`,
          pod('p', { hostNetwerk: true, containers: [{ name: 'main', image: 'i', port: [] }] }),
        ),
        400,
        { message: /unknown field "spec\.containers\[0\]\.port", unknown field "spec\.hostNetwerk"$/ },
      ),
    ],
  },
  {
    title: 'a field in another case is unknown',
    steps: [warned(create(CM, { ...configMap('a'), Data: { k: '1' } }, { data: undefined }), 'unknown field "Data"')],
  },
  {
    title: 'patches are validated too',
    steps: [
      create(DEPLOY, deployment(1)),
      refused(merge(`${DEPLOY}/d?fieldValidation=Strict`, { spec: { replica: 2 } }), 422, {
        message: /strict decoding error: unknown field "spec\.replica"/,
      }),
      refused(strategic(`${DEPLOY}/d?fieldValidation=Strict`, { spec: { replica: 2 } }), 422, {
        message: /strict decoding error: unknown field "spec\.replica"/,
      }),
      refused(jsonPatch(`${DEPLOY}/d?fieldValidation=Strict`, [{ op: 'add', path: '/spec/replica', value: 2 }]), 422, {
        message: /unknown field "spec\.replica"/,
      }),
      warned(merge(`${DEPLOY}/d`, { spec: { replica: 2 } }), 'unknown field "spec.replica"'),
    ],
  },
  {
    title: 'an apply with unknown fields fails under every validation',
    steps: [
      refused(apply(`${CM}/a?fieldValidation=Ignore`, stray), 500, {
        message: /failed to create typed patch object .*\.stray: field not declared in schema/,
      }),
    ],
  },
  withKind(
    'unknown fields of custom kinds are pruned with a warning, or refused',
    { spec: { properties: { size: { type: 'integer' } } } },
    [
      warned(create(WIDGETS, widget({ size: 1, stray: true }), { spec: { size: 1 } }), 'unknown field "spec.stray"'),
      refused(create(`${WIDGETS}?fieldValidation=Strict`, widget({ stray: true }, 'b')), 400, {
        message: /strict decoding error: unknown field "spec\.stray"$/,
      }),
    ],
  ),
  {
    title: 'a fieldValidation that is none is refused',
    steps: [
      invalid(create(`${CM}?fieldValidation=Loose`, configMap('a')), 'fieldValidation', 'FieldValueNotSupported'),
    ],
  },
  {
    title: 'dry runs of create, update, patch and delete leave no trace',
    steps: [
      create(`${CM}?dryRun=All`, configMap('a'), { 'metadata.uid': /-/ }),
      gone(`${CM}/a`),
      kept(create(CM, configMap('a', { k: '1' })), { rv: 'metadata.resourceVersion' }),
      put(`${CM}/a?dryRun=All`, configMap('a', { k: '2' }), { 'data.k': '2', 'metadata.resourceVersion': '{rv}' }),
      merge(`${CM}/a?dryRun=All`, { data: { k: '3' } }, { 'data.k': '3' }),
      apply(`${CM}/a?dryRun=All&fieldManager=one&force=true`, configMap('a', { k: '4' }), { 'data.k': '4' }),
      remove(`${CM}/a?dryRun=All`, { status: 'Success' }),
      remove(`${CM}?dryRun=All`, { kind: 'ConfigMapList' }),
      get(`${CM}/a`, { data: { k: '1' }, 'metadata.resourceVersion': '{rv}' }),
    ],
  },
  {
    title: 'a dry run shows defaults, and is refused as the write would be',
    steps: [
      create(`${DEPLOY}?dryRun=All`, deployment(1), { 'spec.revisionHistoryLimit': 10, 'metadata.generation': 1 }),
      invalid(create(`${PODS}?dryRun=All`, pod('p', { containers: [] })), 'spec.containers', 'FieldValueRequired'),
      refused(remove(`${CM}/absent?dryRun=All`), 404, { reason: 'NotFound' }),
    ],
  },
  {
    title: 'a dryRun that is not All is refused',
    steps: [
      invalid(create(`${CM}?dryRun=Some`, configMap('a')), 'dryRun', [
        'FieldValueNotSupported',
        'Unsupported value: ["Some"]: supported values: "All"',
      ]),
      refused(create(`${CM}?dryRun=`, configMap('a')), 422, { reason: 'Invalid' }),
    ],
  },
  {
    title: 'a field manager has at most 128 printable characters',
    steps: [
      invalid(create(`${CM}?fieldManager=${'m'.repeat(129)}`, configMap('a')), 'fieldManager', 'FieldValueTooLong'),
      create(`${CM}?fieldManager=${'m'.repeat(128)}`, configMap('a', { k: '1' }), {
        'metadata.managedFields.0.manager': 'm'.repeat(128),
      }),
    ],
  },
  {
    title: 'the name of the client is the field manager that none was named for',
    steps: [
      withHeaders(
        create(CM, configMap('a', { k: '1' }), {
          'metadata.managedFields.0.manager': 'tool',
          'metadata.managedFields.0.operation': 'Update',
        }),
        {
          'user-agent': 'tool/1.2 (linux)',
        },
      ),
    ],
  },
];
