/**
 * PodSecurity: the labels of a namespace say how safe its pods must be, and of which others their writer is warned.
 * After k8s.io/pod-security-admission.
 */
import { forbidden, invalid } from '../machinery/errors.ts';
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import type { AdmissionAttributes, AdmissionPlugin, Machinery } from '../machinery/machinery.ts';
import { type Level, podSecurityFailures } from './pod-security-checks.ts';
import { NEWEST_STANDARDS } from './pod-security-versions.ts';

const PREFIX = 'pod-security.kubernetes.io/';
const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];

interface Standard {
  readonly level: Level;
  /** `latest` or `v1.30`. */
  readonly version: string;
}

interface Policy {
  readonly enforce: Standard;
  readonly warn: Standard;
  readonly errors: readonly FieldError[];
}

const text = ({ level, version }: Standard): string => `${level}:${version}`;
const rank = (level: Level): number => LEVELS.indexOf(level);

function policyOf(labels: unknown): Policy {
  const errors: FieldError[] = [];
  const label = (name: string) => at(labels, PREFIX + name);
  const wrong = (name: string, value: unknown, detail: string) =>
    void errors.push(invalidValue(`metadata.labels[${PREFIX}${name}]`, value, detail));
  const level = (name: string, otherwise: Level): Level => {
    const value = label(name);
    if (value === undefined) return 'privileged';
    if (LEVELS.includes(value as Level)) return value as Level;
    wrong(name, value, `must be one of ${LEVELS.join(', ')}`);
    return otherwise;
  };
  const version = (name: string): string => {
    const value = asText(label(name));
    if (label(name) === undefined || value === 'latest' || /^v1\.([0-9]|[1-9][0-9]*)$/.test(value))
      return value || 'latest';
    wrong(name, value, 'must be "latest" or "v1.x"');
    return 'latest';
  };
  const enforce = { level: level('enforce', 'restricted'), version: version('enforce-version') };
  level('audit', 'privileged');
  version('audit-version');
  const warn = { level: level('warn', 'privileged'), version: version('warn-version') };
  const follows = label('warn') === undefined && LEVELS.includes(label('enforce') as Level);
  if (!follows || rank(enforce.level) <= rank(warn.level)) return { enforce, warn, errors };
  const pinned = label('warn-version') !== undefined;
  return { enforce, warn: { level: enforce.level, version: pinned ? warn.version : enforce.version }, errors };
}

const minorOf = (version: string): number =>
  version === 'latest' ? NEWEST_STANDARDS : Math.min(NEWEST_STANDARDS, Number(version.slice('v1.'.length)));

interface PodLike {
  readonly spec: Draft;
  readonly metadata: unknown;
}

const failuresOf = ({ level, version }: Standard, { spec, metadata }: PodLike) =>
  podSecurityFailures(level, {
    spec,
    annotations: asObject(at(metadata, 'annotations')) ?? {},
    minor: minorOf(version),
  });

const details = (standard: Standard, pod: PodLike): string =>
  failuresOf(standard, pod)
    .map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`))
    .join(', ');

/** Where the kinds that make pods keep what they make them from. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  'replicationcontrollers.': ['spec', 'template'],
  'podtemplates.': ['template'],
  'replicasets.apps': ['spec', 'template'],
  'deployments.apps': ['spec', 'template'],
  'statefulsets.apps': ['spec', 'template'],
  'daemonsets.apps': ['spec', 'template'],
  'jobs.batch': ['spec', 'template'],
  'cronjobs.batch': ['spec', 'jobTemplate', 'spec', 'template'],
};

const podLike = (object: unknown): PodLike => ({
  spec: asObject(at(object, 'spec')) ?? {},
  metadata: at(object, 'metadata'),
});

/** Another image, or another container: all else of a running pod was judged when it was made. */
function changesContainers(object: unknown, old: unknown): boolean {
  for (const list of ['containers', 'initContainers']) {
    const [now, before] = [objectsOf(at(object, 'spec', list)), objectsOf(at(old, 'spec', list))];
    if (now.length !== before.length || now.some((each, i) => each['image'] !== before[i]?.['image'])) return true;
  }
  const debuggers = new Map(objectsOf(at(old, 'spec', 'ephemeralContainers')).map((each) => [each['name'], each]));
  return objectsOf(at(object, 'spec', 'ephemeralContainers')).some(
    (each) => debuggers.get(each['name'])?.['image'] !== each['image'],
  );
}

function judgePod({ object, old, type, name, terms }: AdmissionAttributes, policy: Policy): void {
  if (old && !changesContainers(object, old)) return;
  const pod = podLike(object);
  const broken = details(policy.enforce, pod);
  if (broken !== '') throw forbidden(type, name, `violates PodSecurity "${text(policy.enforce)}": ${broken}`);
  warnOf(policy, pod, terms.warnings);
}

function warnOf({ warn }: Policy, pod: PodLike, warnings: string[]): void {
  const broken = details(warn, pod);
  if (broken !== '') warnings.push(`would violate PodSecurity "${text(warn)}": ${broken}`);
}

/** Pods that a namespace's new level would not let in: one warning for each kind of failure. */
function podsAgainst(machinery: Machinery, namespace: string, standard: Standard): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const [, pod] of machinery.store.collection('pods').scan(`${namespace}/`)) {
    const reason = failuresOf(standard, podLike(pod))
      .map((failure) => failure.reason)
      .join(', ');
    if (reason !== '') byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata.name]);
  }
  if (byReason.size === 0) return [];
  const lines = [...byReason].map(([reason, names]) => {
    const others = names.length - 1;
    const more = others === 0 ? '' : ` (and ${others} other pod${others === 1 ? '' : 's'})`;
    return `${[...names].sort()[0] ?? ''}${more}: ${reason}`;
  });
  const head = `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${text(standard)}"`;
  return [head, ...lines.sort()];
}

function judgeNamespace({ object, old, type, name, terms }: AdmissionAttributes, machinery: Machinery): void {
  const policy = policyOf(at(object, 'metadata', 'labels'));
  const before = old && policyOf(old.metadata.labels);
  const same = before && JSON.stringify(before.errors) === JSON.stringify(policy.errors);
  if (policy.errors.length > 0 && !same) throw invalid(type, name, policy.errors);
  if (!before) return;
  const { level, version } = policy.enforce;
  const stricter = version !== before.enforce.version || rank(level) > rank(before.enforce.level);
  if (level !== 'privileged' && text(policy.enforce) !== text(before.enforce) && stricter)
    terms.warnings.push(...podsAgainst(machinery, name, policy.enforce));
}

/** Subresources of pods that change what runs. */
const JUDGED = new Set(['', 'ephemeralcontainers', 'resize']);

export const podSecurity: AdmissionPlugin = {
  validate: (attributes, machinery) => {
    const { operation, type, subresource, object, namespace } = attributes;
    if (!object || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    const id = `${type.resource}.${type.group}`;
    if (id === 'namespaces.') {
      if (subresource === '') judgeNamespace(attributes, machinery);
      return;
    }
    const template = TEMPLATES[id];
    const concerned = id === 'pods.' ? JUDGED.has(subresource) : template !== undefined && subresource === '';
    if (!concerned) return;
    const labels = machinery.store.collection('namespaces').get(namespace)?.metadata.labels;
    if (!labels || !Object.keys(labels).some((label) => label.startsWith(PREFIX))) return;
    const policy = policyOf(labels);
    if (id === 'pods.') judgePod(attributes, policy);
    else if (template && policy.warn.level !== 'privileged') {
      const made = at(object, ...template);
      if (made !== undefined) warnOf(policy, podLike(made), attributes.terms.warnings);
    }
  },
};
