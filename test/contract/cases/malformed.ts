/** Bad input: bodies, media types, names, paths. Whatever comes, the answer is a Status, and nothing is left behind. */
import { CM, DEPLOY, PODS, configMap, deployment, pod } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, get, gone, jsonPatch, merge, put, refused, strategic, withHeaders } from '../steps.ts';

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const BAD = { kind: 'Status', reason: 'BadRequest', code: 400 };

export const MALFORMED: readonly ContractCase[] = [
  {
    title: 'a body that ends too early makes no object',
    steps: [
      refused(create(CM, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"'), 400, BAD),
      gone(`${CM}/a`),
    ],
  },
  {
    title: 'a body with something behind it makes no object',
    steps: [
      refused(create(CM, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}} more'), 400, BAD),
      gone(`${CM}/a`),
    ],
  },
  {
    title: 'a body above 3 MiB is refused as a whole',
    steps: [
      refused(create(CM, configMap('big', { k: 'x'.repeat(3 * 1024 * 1024) })), 413, {
        kind: 'Status',
        reason: 'RequestEntityTooLarge',
        code: 413,
      }),
      gone(`${CM}/big`),
    ],
  },
  { title: 'a body that nests too deeply is refused', steps: [refused(create(CM, nested(20_000)), 400, BAD)] },
  {
    title: 'metadata of the wrong shape is refused',
    steps: [
      refused(create(CM, { apiVersion: 'v1', kind: 'ConfigMap', metadata: 'a' }), 400, BAD),
      refused(create(CM, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 7 } }), 400, BAD),
      refused(
        create(CM, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', creationTimestamp: 'noon' } }),
        400,
        BAD,
      ),
      refused(create(CM, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', finalizers: 'x' } }), 400, BAD),
      refused(create(CM, { apiVersion: 7, kind: 'ConfigMap', metadata: { name: 'a' } }), 400, BAD),
      gone(`${CM}/a`),
    ],
  },
  {
    title: 'finalizers and owner references must be well formed',
    steps: [
      refused(create(CM, configMap('a', {}, { finalizers: ['nodomain'] })), 422, {
        reason: 'Invalid',
        message:
          /metadata\.finalizers\[0\]: Invalid value: "nodomain": name is neither a standard finalizer name nor is it fully qualified/,
      }),
      refused(
        create(
          CM,
          configMap('a', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: '', uid: '' }] }),
        ),
        422,
        {
          'details.causes[*].field': ['metadata.ownerReferences.name', 'metadata.ownerReferences.uid'],
        },
      ),
    ],
  },
  {
    title: 'a null where something is needed is refused or taken as absent',
    steps: [
      refused(create(PODS, { ...pod('p'), spec: null }), 422, { reason: 'Invalid' }),
      create(CM, { ...configMap('a'), data: null }, { data: undefined }),
      refused(put(`${CM}/a`, 'null'), 400, BAD),
    ],
  },
  {
    title: 'numbers that are none of their kind are refused',
    steps: [
      refused(create(DEPLOY, deployment(1.5)), 400, {
        ...BAD,
        message: /cannot unmarshal number 1\.5 into Go struct field DeploymentSpec\.spec\.replicas of type int32/,
      }),
      refused(create(DEPLOY, deployment(3_000_000_000)), 400, BAD),
    ],
  },
  {
    title: 'patches that are none change nothing',
    steps: [
      create(CM, configMap('a', { k: '1' })),
      refused(merge(`${CM}/a`, 'null'), 400, BAD),
      refused(merge(`${CM}/a`, '"text"'), 400, BAD),
      refused(strategic(`${CM}/a`, '{"data":{"k":'), 400, BAD),
      refused(jsonPatch(`${CM}/a`, '[{"op":"add"'), 400, BAD),
      refused(jsonPatch(`${CM}/a`, [{ op: 'replace', path: '', value: 7 }]), 422, { reason: 'Invalid' }),
      get(`${CM}/a`, { data: { k: '1' } }),
    ],
  },
  {
    title: 'names and paths that cannot be are not found or refused',
    steps: [
      refused(get('/api/v1/namespaces/{ns}/configmaps/a/b/c/d'), 404, { kind: 'Status' }),
      refused(get('/api/v7/pods'), 404, {}),
      refused(create('/api/v1/namespaces/Not_Valid/configmaps', configMap('a')), 404, { kind: 'Status' }),
    ],
  },
  {
    title: 'a media type that only looks like one is refused',
    steps: [
      refused(withHeaders(create(CM, configMap('a')), { 'content-type': 'json' }), 415, {
        reason: 'UnsupportedMediaType',
      }),
      refused(
        withHeaders(create(CM, 'not protobuf'), { 'content-type': 'application/vnd.kubernetes.protobuf' }),
        400,
        BAD,
      ),
    ],
  },
  {
    title: 'YAML that does not parse is refused',
    steps: [
      refused(withHeaders(create(CM, 'a: b: c\n'), { 'content-type': 'application/yaml' }), 400, BAD),
      gone(`${CM}/a`),
    ],
  },
];
