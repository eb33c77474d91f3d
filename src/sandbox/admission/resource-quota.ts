/**
 * ResourceQuota: what is made is charged to the quotas of its namespace, which say in their status what is used. A
 * quota that no controller has taken note of yet limits nothing, as with the real server. After
 * k8s.io/apiserver/pkg/admission/plugin/resourcequota.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { formatQuantity, parseQuantity, type Quantity } from '../../std/quantity.ts';
import { notAdmitted } from '../machinery/admission-errors.ts';
import { asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import type { AdmissionAttributes, AdmissionPlugin, Machinery } from '../machinery/machinery.ts';
import { keyText } from '../machinery/store.ts';
import { plus, ZERO } from '../kinds/pod-amounts.ts';
import { computeUsage, idOf, inScope, matches, podAmounts, type Usage, usageOf } from './quota-usage.ts';

const QUOTAS = 'resourcequotas';

/** Writes that can use more of something. */
function concerns({ operation, type, subresource, object, old }: AdmissionAttributes): boolean {
  const id = idOf(type);
  if (id === 'pods') {
    if (subresource === 'resize') return operation === 'UPDATE';
    if (subresource !== '') return false;
    const ends = (pod: unknown) => at(pod, 'spec', 'activeDeadlineSeconds') !== undefined;
    return operation === 'CREATE' || (operation === 'UPDATE' && ends(object) !== ends(old));
  }
  if (subresource !== '') return false;
  const changes = id === 'services' || id === 'persistentvolumeclaims';
  return operation === 'CREATE' || (changes && operation === 'UPDATE');
}

/** Older clients counted on it: a pod must name what the quota limits, container by container. */
const NAMED = ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]);

function unnamed(object: Draft, limited: readonly string[]): string | undefined {
  if (at(object, 'spec', 'resources') !== undefined) return undefined;
  const missing = new Map<string, Set<string>>();
  for (const list of ['containers', 'initContainers'])
    for (const container of objectsOf(at(object, 'spec', list))) {
      const alone = { containers: [container] };
      const usage = computeUsage(podAmounts(alone, 'requests'), podAmounts(alone, 'limits'));
      for (const name of limited)
        if (NAMED.includes(name) && !usage.has(name))
          missing.set(name, (missing.get(name) ?? new Set()).add(asText(container['name'])));
    }
  const parts = [...missing].sort(([a], [b]) => (a < b ? -1 : 1));
  if (parts.length === 0) return undefined;
  return `must specify ${parts.map(([name, containers]) => `${name} for: ${[...containers].sort().join(',')}`).join('; ')}`;
}

interface Charge {
  readonly quota: KubeObject;
  readonly added: Usage;
}

const amount = (holder: unknown, name: string): Quantity => parseQuantity(asText(at(holder, name))) ?? ZERO;

/** What the write adds to each quota that it matches. */
function chargesOf(attributes: AdmissionAttributes, machinery: Machinery): readonly Charge[] {
  const { type, object = {}, old, namespace } = attributes;
  const quotas = [...machinery.store.collection(QUOTAS).scan(`${namespace}/`)];
  // Most namespaces have none: what the object uses need not be added up.
  if (quotas.length === 0) return [];
  const now = machinery.clock.now();
  const usage = usageOf(type, object, now);
  const charges: Charge[] = [];
  for (const [, quota] of quotas) {
    const hard = asObject(at(quota, 'status', 'hard')) ?? {};
    const limited = Object.keys(hard).filter((name) => matches(type, name));
    if (limited.length === 0 || !inScope(quota, type, object)) continue;
    const fail = (problem: string) => notAdmitted(attributes, problem.replace('%', quota.metadata.name));
    const problem = idOf(type) === 'pods' ? unnamed(object, limited) : undefined;
    if (problem !== undefined) throw fail(`failed quota: %: ${problem}`);
    const used = asObject(at(quota, 'status', 'used')) ?? {};
    if (limited.some((name) => used[name] === undefined))
      throw fail(`status unknown for quota: %, resources: ${[...limited].sort().join(',')}`);
    const before = old && inScope(quota, type, old) ? usageOf(type, old, now) : new Map<string, Quantity>();
    const added = new Map(
      limited.flatMap((name) => {
        const [more, had] = [usage.get(name) ?? ZERO, before.get(name)?.nano ?? 0n];
        return more.nano > had ? [[name, { ...more, nano: more.nano - had }] as const] : [];
      }),
    );
    if (added.size > 0) charges.push({ quota, added });
  }
  return charges;
}

function checkCharge(attributes: AdmissionAttributes, { quota, added }: Charge): void {
  const { hard, used } = { hard: at(quota, 'status', 'hard'), used: at(quota, 'status', 'used') };
  const over = [...added.keys()]
    .filter((name) => amount(used, name).nano + (added.get(name)?.nano ?? 0n) > amount(hard, name).nano)
    .sort();
  if (over.length === 0) return;
  const list = (text: (name: string) => Quantity) =>
    over.map((name) => `${name}=${formatQuantity(text(name))}`).join(',');
  const requested = list((name) => added.get(name) ?? ZERO);
  const before = list((name) => amount(used, name));
  const limited = list((name) => amount(hard, name));
  throw notAdmitted(
    attributes,
    `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${before}, limited: ${limited}`,
  );
}

function charge(machinery: Machinery, { quota, added }: Charge): void {
  const used = { ...asObject(at(quota, 'status', 'used')) };
  for (const [name, more] of added) used[name] = formatQuantity(plus(amount(used, name), more));
  const { namespace, name } = quota.metadata;
  machinery.store
    .collection(QUOTAS)
    .put(keyText(namespace, name), { ...quota, status: { ...asObject(quota['status']), used } });
}

export const resourceQuota: AdmissionPlugin = {
  validate: (attributes, machinery) => {
    const { object, namespace, terms } = attributes;
    if (!object || namespace === '' || !concerns(attributes)) return;
    const charges = chargesOf(attributes, machinery);
    for (const each of charges) checkCharge(attributes, each);
    if (!terms.dryRun) for (const each of charges) charge(machinery, each);
  },
};
