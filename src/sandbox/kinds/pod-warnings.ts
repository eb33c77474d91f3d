/** What a pod or a template may say but hardly means. After k8s.io/kubernetes/pkg/api/pod/warnings.go. */
import { asNumber, asObject, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { dnsLabelProblems, labelValueProblems } from '../../std/names.ts';
import { addressListWarnings, addressWarnings } from './address-warnings.ts';
import { nanoOf } from './pod-resources.ts';
import { type FieldCheck, ofEach, ofGiven, together } from '../machinery/together.ts';
import { containerProfileWarnings, podProfileWarnings } from './pod-annotations.ts';
import { PREFERRED, REQUIRED } from './pod-label-keys.ts';
import { placedContainers } from './pod-os.ts';
import { overlapWarnings } from './volume-warnings.ts';

/** k8s.io/kubernetes/pkg/api/node/util.go. */
const OLD_NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

export const oldLabelNote = (label: string): string | undefined => OLD_NODE_LABELS[label];

const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

const OLD_VOLUMES: Readonly<Record<string, readonly [field: string, note: string]>> = {
  photonPersistentDisk: ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  gitRepo: ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  scaleIO: ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  flocker: ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  storageos: ['storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  quobyte: ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  glusterfs: ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  cephfs: ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  rbd: ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
};

/** Of a source of a pod's or a cluster's volume. */
export const oldVolumeWarnings = (source: Draft, path: string): readonly string[] =>
  Object.entries(OLD_VOLUMES).flatMap(([name, [field, note]]) =>
    source[name] === undefined ? [] : [`${path}.${field}: ${note}`],
  );

function repeated(list: unknown, key: string, path: string): readonly string[] {
  const seen = new Set<string>();
  return objectsOf(list).flatMap((item, index) => {
    const value = asText(item[key]);
    const again = seen.has(value);
    seen.add(value);
    return again ? [`${path}[${index}].${key}: duplicate ${key} ${JSON.stringify(value)}`] : [];
  });
}

const NANO = 1_000_000_000n;

function fraction(amount: unknown, path: string, name: string): readonly string[] {
  if (amount === undefined || (nanoOf(amount) ?? 0n) % NANO === 0n) return [];
  return [`${path}[${name}]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`];
}

/** Bytes come whole. */
export const fractionWarnings = (resources: unknown, names: readonly string[], path: string): readonly string[] =>
  ofEach(names, (name) =>
    together(
      fraction(at(resources, 'limits', name), `${path}.limits`, name),
      fraction(at(resources, 'requests', name), `${path}.requests`, name),
    ),
  );

/** `checked`: values that are none of labels are told, too. */
export function termWarnings(term: unknown, path: string, checked: 'keys' | 'values' = 'keys'): readonly string[] {
  return objectsOf(at(term, 'matchExpressions')).flatMap((expression, index) => {
    const key = asText(expression['key']);
    const note = oldLabelNote(key);
    const field = `${path}.matchExpressions[${index}]`;
    const values = checked === 'values' && Array.isArray(expression['values']) ? expression['values'] : [];
    return [
      ...(note === undefined ? [] : [`${field}.key: ${key} is ${note}`]),
      ...values.flatMap((value, place) =>
        labelValueProblems(asText(value)).map(
          (problem) => `${field}.values[${place}]: ${asText(value)} is invalid, ${problem}`,
        ),
      ),
    ];
  });
}

const spreadWarnings = (constraints: unknown, path: string): readonly string[] =>
  objectsOf(constraints).flatMap((constraint, index) => {
    const key = asText(constraint['topologyKey']);
    const note = oldLabelNote(key);
    const place = `${path}[${index}]`;
    return [
      ...(note === undefined ? [] : [`${place}.topologyKey: ${key} is ${note}`]),
      ...(isObject(constraint['labelSelector'])
        ? []
        : [`${place}.labelSelector: a null labelSelector results in matching no pod`]),
    ];
  });

const selectorWarnings = (selector: unknown, path: string): readonly string[] =>
  Object.keys(asObject(selector) ?? {}).flatMap((key) => {
    const note = oldLabelNote(key);
    return note === undefined ? [] : [`${path}[${key}]: ${note}`];
  });

function nodeAffinityWarnings(affinity: unknown, path: string): readonly string[] {
  const field = `${path}.nodeAffinity`;
  return [
    ...objectsOf(at(affinity, 'nodeAffinity', REQUIRED, 'nodeSelectorTerms')).flatMap((term, index) =>
      termWarnings(term, `${field}.${REQUIRED}.nodeSelectorTerms[${index}]`),
    ),
    ...objectsOf(at(affinity, 'nodeAffinity', PREFERRED)).flatMap((term, index) =>
      termWarnings(term['preference'], `${field}.${PREFERRED}[${index}].preference`, 'values'),
    ),
  ];
}

/** A missing selector of pods is no selector at all. */
function podAffinityWarnings(affinity: unknown, path: string): readonly string[] {
  const note = 'a null labelSelector results in matching no pod';
  return ['podAffinity', 'podAntiAffinity'].flatMap((kind) => {
    const field = `${path}.${kind}`;
    const terms = (list: string) => objectsOf(at(affinity, kind, list));
    return [
      ...terms(REQUIRED).flatMap((term, index) =>
        isObject(term['labelSelector']) ? [] : [`${field}.${REQUIRED}[${index}].labelSelector: ${note}`],
      ),
      ...terms(PREFERRED).flatMap((term, index) =>
        isObject(at(term, 'podAffinityTerm', 'labelSelector'))
          ? []
          : [`${field}.${PREFERRED}[${index}].podAffinityTerm.labelSelector: ${note}`],
      ),
    ];
  });
}

function hiddenWarnings(env: unknown, path: string): readonly string[] {
  const names = new Set<string>();
  return objectsOf(env).flatMap((variable, index) => {
    const name = asText(variable['name']);
    const again = names.has(name);
    names.add(name);
    const [value, reference] = [asText(variable['value']), `$(${name})`];
    // What builds on the former value hides it on purpose.
    const builds = variable['valueFrom'] === undefined && value !== reference && value.includes(reference);
    if (!again || builds) return [];
    return [`${path}[${index}]: hides previous definition of "${name}", which may be dropped when using apply`];
  });
}

const OF_CONTAINERS: readonly FieldCheck<string>[] = [
  ['resources', (resources, path) => fractionWarnings(resources, ['memory', 'ephemeral-storage'], path)],
  ['env', hiddenWarnings],
];

interface Port {
  readonly port: Draft;
  readonly field: string;
}

/** Of all containers together: they share the pod's address. */
function portWarnings(ports: readonly Port[]): readonly string[] {
  const host = ({ port }: Port) => [asText(port['hostIP']), asNumber(port['hostPort']) ?? 0] as const;
  const same = ({ port }: Port) => `${String(port['containerPort'])}/${asText(port['protocol'])}`;
  const clashes = ports.flatMap((each, index) =>
    ports
      .slice(0, index)
      .filter((other) => same(other) === same(each))
      .flatMap((other) => {
        const [[ip, number], [otherIp, otherNumber]] = [host(each), host(other)];
        const told = (what: string) => [`${each.field}: ${what} port definition with ${other.field}`];
        if (ip === otherIp && number === otherNumber) return told('duplicate');
        if (number === 0 || otherNumber === 0) return told('overlapping');
        return number === otherNumber && (ip === '') !== (otherIp === '') ? told('dangerously ambiguous') : [];
      }),
  );
  const idle = ports.flatMap((each) => {
    const [[ip, number], { port, field }] = [host(each), each];
    if (ip === '' || number !== 0) return [];
    const [name, container, protocol] = [asText(port['name']), asNumber(port['containerPort']) ?? 0, port['protocol']];
    const shown = `{Name:${name} HostPort:0 ContainerPort:${container} Protocol:${asText(protocol)} HostIP:${ip}}`;
    return [`${field}: hostIP set without hostPort: ${shown}`];
  });
  const named = new Map<string, string>();
  const names = ports.flatMap(({ port, field }) => {
    const name = asText(port['name']);
    const first = named.get(name);
    if (name !== '' && first === undefined) named.set(name, field);
    return name === '' || first === undefined
      ? []
      : [
          `${field}: duplicate port name ${JSON.stringify(name)} with ${first}, services and probes that select ports by name will use ${first}`,
        ];
  });
  return [...idle, ...clashes, ...names];
}

const annotationWarnings = (annotations: Draft, path: string): readonly string[] =>
  ofEach(Object.entries(OLD_ANNOTATIONS), ([key, note]) =>
    annotations[key] === undefined ? [] : [`${path}[${key}]: ${note}`],
  );

const volumeWarnings = (volumes: unknown, path: string): readonly string[] =>
  together(
    ofEach(objectsOf(volumes), (volume, index) =>
      together(
        oldVolumeWarnings(volume, `${path}[${index}]`),
        fraction(
          at(volume, 'ephemeral', 'volumeClaimTemplate', 'spec', 'resources', 'requests', 'storage'),
          `${path}[${index}].ephemeral.volumeClaimTemplate.spec.resources.requests`,
          'storage',
        ),
      ),
    ),
    overlapWarnings(objectsOf(volumes)),
  );

const namelessWarnings = (secrets: unknown, path: string): readonly string[] =>
  objectsOf(secrets).flatMap((secret, index) =>
    asText(secret['name']) === '' ? [`${path}[${index}].name: invalid empty name ""`] : [],
  );

const overheadWarnings = (overhead: unknown, path: string): readonly string[] =>
  ['memory', 'ephemeral-storage'].flatMap((name) => fraction(at(overhead, name), path, name));

const graceWarnings = (seconds: unknown, path: string): readonly string[] =>
  (asNumber(seconds) ?? 0) < 0 ? [`${path}: must be >= 0; negative values are invalid and will be treated as 1`] : [];

const aliasWarnings = (aliases: unknown, path: string): readonly string[] =>
  objectsOf(aliases).flatMap((alias, index) => addressWarnings(asText(alias['ip']), `${path}[${index}].ip`));

// In the order of the real server.
const PLACEMENT: readonly FieldCheck<string>[] = [
  ['nodeSelector', selectorWarnings],
  ['affinity', nodeAffinityWarnings],
  ['topologySpreadConstraints', spreadWarnings],
];
const PARTS: readonly FieldCheck<string>[] = [
  ['volumes', volumeWarnings],
  ['hostAliases', (aliases, path) => repeated(aliases, 'ip', path)],
  ['imagePullSecrets', (secrets, path) => repeated(secrets, 'name', path)],
  ['imagePullSecrets', namelessWarnings],
  ['overhead', overheadWarnings],
];
const REST: readonly FieldCheck<string>[] = [
  ['terminationGracePeriodSeconds', graceWarnings],
  ['affinity', podAffinityWarnings],
  ['dnsConfig', (config, path) => addressListWarnings(at(config, 'nameservers'), `${path}.nameservers`)],
  ['hostAliases', aliasWarnings],
];

/** `path` is that of the spec; annotations are beside it. */
export function podSpecWarnings(spec: Draft, path: string, meta?: unknown): readonly string[] {
  const annotations = asObject(at(meta, 'annotations'));
  const place = annotations ? path.replace(/spec$/, 'metadata.annotations') : '';
  const containers = placedContainers(spec, path);
  const ports = containers.flatMap(({ container, path: field }) =>
    objectsOf(container['ports']).map((port, index) => ({ port, field: `${field}.ports[${index}]` })),
  );
  return together(
    ofGiven(spec, path, PLACEMENT),
    annotations ? annotationWarnings(annotations, place) : [],
    ofGiven(spec, path, PARTS),
    annotations ? podProfileWarnings(spec, annotations, place) : [],
    ofEach(containers, ({ container, path: field }) =>
      together(
        annotations ? containerProfileWarnings(container, { spec, annotations, place }) : [],
        ofGiven(container, field, OF_CONTAINERS),
      ),
    ),
    ports.length === 0 ? [] : portWarnings(ports),
    ofGiven(spec, path, REST),
  );
}

/** Of what pods are made from; `path` is that of the template. */
export const templateWarnings = (template: unknown, path: string): readonly string[] =>
  podSpecWarnings(asObject(at(template, 'spec')) ?? {}, `${path}.spec`, at(template, 'metadata'));

/** Names of pods, and of what makes pods, become host names. `where`: whose. */
export function nameWarnings(object: Draft, where: string): readonly string[] {
  const problems = dnsLabelProblems(asText(at(object, 'metadata', 'name')));
  if (problems.length === 0) return [];
  const why = 'which can result in surprising behavior; a DNS label is recommended';
  return [`metadata.name: this is used in ${where}, ${why}: [${problems.join(' ')}]`];
}
