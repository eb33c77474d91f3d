/** Namespaces, nodes, services, secrets and the other small kinds of the core group. */
import type { KubeObject } from '../../../api/kube.ts';
import { asList, asObject, asText, at, childOf, type Draft, isObject, objectsOf, setDefault } from '../json.ts';
import { metaOf } from '../metadata.ts';
import { dnsLabelProblems } from '../names.ts';
import type { Strategy } from '../registry.ts';
import { setDefaults } from './defaults.ts';

const text =
  (...path: readonly string[]) =>
  (object: KubeObject) =>
    asText(at(object, ...path));

export const NAMESPACE: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  validateName: dnsLabelProblems,
  applyDefaults: (draft) => {
    const meta = metaOf(draft);
    const name = asText(meta['name']);
    if (name !== '') meta['labels'] = { ...asObject(meta['labels']), 'kubernetes.io/metadata.name': name };
  },
  prepareForCreate: (draft) => {
    const meta = metaOf(draft);
    meta['labels'] = { ...asObject(meta['labels']), 'kubernetes.io/metadata.name': asText(meta['name']) };
    const given = asList(at(draft, 'spec', 'finalizers'));
    draft['spec'] = { finalizers: given.includes('kubernetes') ? given : [...given, 'kubernetes'] };
    draft['status'] = { phase: 'Active' };
  },
  prepareForUpdate: (draft, old, { subresource }) => {
    if (subresource !== 'finalize' && old['spec'] !== undefined) draft['spec'] = old['spec'];
  },
  selectableFields: { 'status.phase': text('status', 'phase'), name: (object) => object.metadata.name },
};

export const NODE: Strategy = {
  statusSeparate: true,
  applyDefaults: (draft) => {
    childOf(draft, 'spec');
    const status = childOf(draft, 'status');
    if (isObject(status['capacity'])) setDefault(status, 'allocatable', { ...status['capacity'] });
    setDefaults(status, { daemonEndpoints: { kubeletEndpoint: { Port: 0 } }, nodeInfo: emptyNodeInfo() });
  },
  // The admission plugin TaintNodesByCondition: a new node takes pods only once it has been found ready.
  prepareForCreate: (draft) => {
    const spec = childOf(draft, 'spec');
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    const present = objectsOf(spec['taints']);
    if (!present.some((other) => other['key'] === taint.key && other['effect'] === taint.effect)) spec['taints'] = [...present, taint];
  },
  selectableFields: { 'spec.unschedulable': (object) => String(at(object, 'spec', 'unschedulable') === true) },
};

const emptyNodeInfo = (): Draft =>
  Object.fromEntries(
    [
      'machineID',
      'systemUUID',
      'bootID',
      'kernelVersion',
      'osImage',
      'containerRuntimeVersion',
      'kubeletVersion',
      'kubeProxyVersion',
      'operatingSystem',
      'architecture',
    ].map((field) => [field, '']),
  );

/** 10.96.0.0/16, as kubeadm has it. The address is a function of the object, so that a dry run shows one too. */
function clusterIp(seed: string): string {
  let hash = 2_166_136_261;
  for (const character of seed) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619) >>> 0;
  return `10.96.${(hash >>> 8) % 255}.${2 + (hash % 250)}`;
}

export const SERVICE: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  validateName: dnsLabelProblems,
  applyDefaults: (draft) => {
    const spec = childOf(draft, 'spec');
    for (const field of ['sessionAffinity', 'type']) if (spec[field] === '') delete spec[field];
    setDefaults(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
    if (spec['sessionAffinity'] === 'ClientIP') setDefault(spec, 'sessionAffinityConfig', { clientIP: { timeoutSeconds: 10_800 } });
    for (const port of objectsOf(spec['ports'])) {
      setDefault(port, 'protocol', 'TCP');
      const target = port['targetPort'];
      if (target === undefined || target === null || target === 0 || target === '') port['targetPort'] = port['port'];
    }
    if (spec['type'] !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
    if (spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer') setDefault(spec, 'externalTrafficPolicy', 'Cluster');
    if (spec['type'] === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
  },
  prepareForCreate: (draft) => {
    draft['status'] = { loadBalancer: {} };
    const spec = childOf(draft, 'spec');
    if (spec['type'] === 'ExternalName') return;
    const meta = metaOf(draft);
    if (asText(spec['clusterIP']) === '')
      spec['clusterIP'] = clusterIp(`${asText(meta['namespace'])}/${asText(meta['name'])}${asText(meta['generateName'])}`);
    setDefaults(spec, { clusterIPs: [spec['clusterIP']], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  },
  prepareForUpdate: (draft, old) => {
    const spec = childOf(draft, 'spec');
    const before = asObject(old['spec']) ?? {};
    if (spec['type'] === 'ExternalName') return;
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
      if (before[field] !== undefined) setDefault(spec, field, before[field]);
  },
  selectableFields: { 'spec.clusterIP': text('spec', 'clusterIP'), 'spec.type': text('spec', 'type') },
};

export const SECRET: Strategy = {
  applyDefaults: (draft) => {
    const strings = asObject(draft['stringData']);
    if (strings) {
      const data = childOf(draft, 'data');
      for (const [key, value] of Object.entries(strings)) data[key] = Buffer.from(asText(value)).toString('base64');
    }
    delete draft['stringData'];
    dropEmpty(draft, ['data']);
    if (asText(draft['type']) === '') draft['type'] = 'Opaque';
  },
  selectableFields: { type: text('type') },
};

const ENDPOINTS_FIELDS = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'type',
];

export const EVENT: Strategy = {
  createOnUpdate: true,
  applyDefaults: (draft) => {
    childOf(draft, 'source');
    setDefaults(draft, { firstTimestamp: null, lastTimestamp: null, eventTime: null, reportingComponent: '', reportingInstance: '' });
  },
  selectableFields: {
    ...Object.fromEntries(ENDPOINTS_FIELDS.map((field) => [field, text(...field.split('.'))])),
    source: (object) => asText(at(object, 'source', 'component')) || asText(at(object, 'reportingComponent')),
  },
};

export const CLAIM: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  applyDefaults: (draft) => {
    setDefault(childOf(draft, 'spec'), 'volumeMode', 'Filesystem');
    setDefault(childOf(draft, 'status'), 'phase', 'Pending');
  },
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending' };
  },
};

export const VOLUME: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  applyDefaults: (draft) => setDefaults(childOf(draft, 'spec'), { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending' };
  },
};

/** Empty maps are left out, as Go's encoder leaves them. */
function dropEmpty(draft: Draft, fields: readonly string[]): void {
  for (const field of fields) {
    const value = draft[field];
    if (value === null || (isObject(value) && Object.keys(value).length === 0)) delete draft[field];
  }
}

export const CONFIG_MAP: Strategy = {
  applyDefaults: (draft) => dropEmpty(draft, ['data', 'binaryData']),
};

export const CREATED_ON_UPDATE: Strategy = { createOnUpdate: true };
