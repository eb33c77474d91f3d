/** Steps that create and update share. */
import type { KubeObject } from '../../shapes/kube.ts';
import { badRequest, rawServerError } from '../machinery/errors.ts';
import { asList, asObject, asText, type Draft, equalJson } from '../machinery/json.ts';
import type { RequestTerms } from '../machinery/machinery.ts';
import type { ResourceType } from '../machinery/registry.ts';

export interface Place {
  readonly type: ResourceType;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
}

export function matchNamespace(meta: Draft, { type, namespace }: Place): void {
  const given = asText(meta['namespace']);
  if (type.namespaced && given === '') meta['namespace'] = namespace;
  else if (given !== namespace && type.namespaced)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  else if (!type.namespaced && given !== '') delete meta['namespace'];
}

export function warn(terms: RequestTerms, texts: readonly string[] | undefined): void {
  if (texts) terms.warnings.push(...texts);
}

/** Two references to one owner say no more than one. */
export function dropRepeatedOwners(meta: Draft, terms: RequestTerms): void {
  if (meta['ownerReferences'] === undefined) return;
  const owners = asList(meta['ownerReferences']);
  const seen = new Set<string>();
  const kept = owners.filter((owner) => {
    const text = JSON.stringify(owner);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
  if (kept.length === owners.length) return;
  const repeated = owners
    .filter((owner, index) => owners.slice(0, index).some((before) => equalJson(before, owner)))
    .map((owner) => asText(asObject(owner)?.['uid']));
  meta['ownerReferences'] = kept;
  warn(terms, [
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...new Set(repeated)].join(', ')}`,
  ]);
}

/** etcd's limit for one request. */
const MAX_STORED_BYTES = 1.5 * 1024 * 1024;

/** Custom resources are stored as JSON; those of the server have limits of their own below that of the store. */
export function checkSize(type: ResourceType, object: KubeObject): void {
  if (!type.custom || !isLong(object, { left: MAX_STORED_BYTES / 2 })) return;
  if (Buffer.byteLength(JSON.stringify(object)) > MAX_STORED_BYTES)
    throw rawServerError('etcdserver: request is too large');
}

/** Whether its texts are longer together than what is left: cheaper than to write it out. */
function isLong(value: unknown, budget: { left: number }): boolean {
  if (typeof value === 'string') budget.left -= value.length;
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value)) {
      budget.left -= name.length;
      if (isLong(item, budget)) return true;
    }
  return budget.left < 0;
}
