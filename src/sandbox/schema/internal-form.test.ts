import { expect, test } from 'vitest';
import { asObject, at, type Draft } from '../machinery/json.ts';
import { internalForm, internalPodSpec } from './internal-form.ts';

const form = (spec: Draft): Draft => asObject(JSON.parse(internalPodSpec(spec))) ?? {};

test('names every field of an empty spec, in the order of the server', () => {
  const text = internalPodSpec({});
  expect(text.split('\n').slice(0, 3)).toEqual(['{', ' "Volumes": null,', ' "InitContainers": null,']);
  expect(Object.keys(form({})).slice(9, 14)).toEqual([
    'ServiceAccountName',
    'AutomountServiceAccountToken',
    'NodeName',
    'SecurityContext',
    'ImagePullSecrets',
  ]);
});

test.each<[string, Draft, readonly string[], unknown]>([
  ['the host fields are part of the security context', { hostNetwork: true }, ['SecurityContext', 'HostNetwork'], true],
  ['whose own follow them', { securityContext: { fsGroup: 5 } }, ['SecurityContext', 'FSGroup'], 5],
  ['words that Go capitalises', { dnsPolicy: 'Default' }, ['DNSPolicy'], 'Default'],
  ['a pointer to nothing is null', {}, ['ActiveDeadlineSeconds'], null],
  ['a string is there when empty', {}, ['NodeName'], ''],
  ['a container names what it lacks', { containers: [{ name: 'c' }] }, ['Containers', '0', 'TTY'], false],
  [
    'a struct is there when empty',
    { containers: [{}] },
    ['Containers', '0', 'Resources'],
    { Limits: null, Requests: null, Claims: null },
  ],
  [
    'amounts are text under their own names',
    { containers: [{ resources: { limits: { memory: '1Gi', cpu: '2' } } }] },
    ['Containers', '0', 'Resources', 'Limits'],
    { cpu: '2', memory: '1Gi' },
  ],
  [
    'a probe holds its handler',
    { containers: [{ livenessProbe: { httpGet: { path: '/', port: 'http' } } }] },
    ['Containers', '0', 'LivenessProbe', 'HTTPGet'],
    { Path: '/', Port: 'http', Host: '', Scheme: '', HTTPHeaders: null },
  ],
  [
    'types of the meta package stay as published',
    { topologySpreadConstraints: [{ labelSelector: { matchLabels: { app: 'a' } } }] },
    ['TopologySpreadConstraints', '0', 'LabelSelector'],
    { matchLabels: { app: 'a' } },
  ],
])('%s', (_, spec, path, expected) => {
  const found = path.reduce<unknown>(
    (value, name) => (Array.isArray(value) ? value[Number(name)] : at(value, name)),
    form(spec),
  );
  expect(found).toEqual(expected);
});

test.each<[string, string, Draft, Draft]>([
  [
    'a template has its metadata inlined, as published',
    'batch/v1.JobTemplateSpec',
    { metadata: { labels: { app: 'a' } } },
    { labels: { app: 'a' }, Spec: expect.objectContaining({ TTLSecondsAfterFinished: null }) as unknown },
  ],
  [
    'some fields have other names',
    'core/v1.RBDPersistentVolumeSource',
    { monitors: ['m'], image: 'i' },
    {
      CephMonitors: ['m'],
      RBDImage: 'i',
      FSType: '',
      RBDPool: '',
      RadosUser: '',
      Keyring: '',
      SecretRef: null,
      ReadOnly: false,
    },
  ],
])('%s', (_, struct, object, expected) => {
  expect(internalForm(struct, object)).toEqual(expected);
});

test('text stays safe for web pages', () => {
  expect(internalPodSpec({ hostname: '<&>' })).toContain('"Hostname": "\\u003c\\u0026\\u003e"');
});
