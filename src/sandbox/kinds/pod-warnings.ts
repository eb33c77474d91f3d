/** What a pod or a template may say but hardly means. After k8s.io/kubernetes/pkg/api/pod/warnings.go. */
import { asNumber, asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import { dnsLabelProblems } from '../../std/names.ts';
import { nanoOf } from './pod-resources.ts';

const OLD_NODE_LABELS: Readonly<Record<string, readonly [since: string, instead: string]>> = {
  'beta.kubernetes.io/arch': ['v1.14', 'kubernetes.io/arch'],
  'beta.kubernetes.io/os': ['v1.14', 'kubernetes.io/os'],
  'failure-domain.beta.kubernetes.io/region': ['v1.17', 'topology.kubernetes.io/region'],
  'failure-domain.beta.kubernetes.io/zone': ['v1.17', 'topology.kubernetes.io/zone'],
  'beta.kubernetes.io/instance-type': ['v1.17', 'node.kubernetes.io/instance-type'],
};

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

/** Bytes come whole. */
export function fractionWarnings(resources: unknown, names: readonly string[], path: string): readonly string[] {
  return names.flatMap((name) =>
    ['requests', 'limits'].flatMap((list) => {
      const amount = at(resources, list, name);
      if ((nanoOf(amount) ?? 0n) % NANO === 0n) return [];
      return [
        `${path}.${list}[${name}]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`,
      ];
    }),
  );
}

function containerWarnings(container: Draft, field: string): readonly string[] {
  const warnings: string[] = [
    ...fractionWarnings(container['resources'], ['memory', 'ephemeral-storage'], `${field}.resources`),
  ];
  const env = new Set<string>();
  for (const [index, { name }] of objectsOf(container['env']).entries()) {
    if (env.has(asText(name)))
      warnings.push(
        `${field}.env[${index}]: hides previous definition of "${asText(name)}", which may be dropped when using apply`,
      );
    env.add(asText(name));
  }
  const ports = new Map<string, number>();
  for (const [index, port] of objectsOf(container['ports']).entries()) {
    const id = `${asText(port['protocol'])}/${String(port['containerPort'])}/${asNumber(port['hostPort']) ?? 0}/${asText(port['hostIP'])}`;
    const first = ports.get(id);
    if (first === undefined) ports.set(id, index);
    else warnings.push(`${field}.ports[${index}]: duplicate port definition with ${field}.ports[${first}]`);
  }
  return warnings;
}

export function podSpecWarnings(spec: Draft, path: string): readonly string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(asObject(spec['nodeSelector']) ?? {})) {
    const old = OLD_NODE_LABELS[key];
    if (old) warnings.push(`${path}.nodeSelector[${key}]: deprecated since ${old[0]}; use "${old[1]}" instead`);
  }
  warnings.push(...repeated(spec['hostAliases'], 'ip', `${path}.hostAliases`));
  const secrets = objectsOf(spec['imagePullSecrets']);
  warnings.push(...repeated(secrets, 'name', `${path}.imagePullSecrets`));
  for (const [index, secret] of secrets.entries())
    if (asText(secret['name']) === '') warnings.push(`${path}.imagePullSecrets[${index}].name: invalid empty name ""`);
  for (const list of ['initContainers', 'containers'])
    for (const [index, container] of objectsOf(spec[list]).entries())
      warnings.push(...containerWarnings(container, `${path}.${list}[${index}]`));
  if ((asNumber(spec['terminationGracePeriodSeconds']) ?? 0) < 0)
    warnings.push(
      `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  return warnings;
}

/** Names of pods, and of what makes pods, become host names. `where`: whose. */
export function nameWarnings(object: Draft, where: string): readonly string[] {
  const problems = dnsLabelProblems(asText(at(object, 'metadata', 'name')));
  if (problems.length === 0) return [];
  const why = 'which can result in surprising behavior; a DNS label is recommended';
  return [`metadata.name: this is used in ${where}, ${why}: [${problems.join(' ')}]`];
}
