/**
 * Keeps what ResourceQuotas say of themselves: what they allow and what is used.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { parseQuantity } from '../../std/quantity.ts';
import { countedKind, shown, usedBy } from '../admission/resource-quota.ts';
import { asObject, asText, at, equalJson } from '../machinery/json.ts';
import { type Catalog, type Context, objectKey, parseKey } from '../runtime/context.ts';
import { QUOTAS } from '../runtime/resources.ts';

export function startQuotas(context: Context, { catalog }: { readonly catalog: Catalog }): void {
  /** Names of quotas by namespace: few, so that most changes are passed over at once. */
  const quotas = new Map<string, Set<string>>();
  const usedOf = (namespace: string, resource: string, limit: string): string | undefined => {
    const counted = countedKind(resource);
    const like = parseQuantity(limit);
    const kind =
      counted && catalog.kinds().find((entry) => entry.group === counted.group && entry.resource === counted.resource);
    if (!counted || !kind || !like) return undefined;
    return shown(usedBy(counted, context.cluster.list(kind, namespace), resource), like);
  };
  const queue = context.queue((key) => {
    const quota = context.get(QUOTAS, parseKey(key));
    if (quota === undefined) return;
    const hard = asObject(at(quota, 'spec', 'hard')) ?? {};
    const entries = Object.entries(hard).map(
      ([resource, limit]) =>
        [resource, usedOf(quota.metadata.namespace ?? '', resource, asText(limit)) ?? '0'] as const,
    );
    const status = { hard, used: Object.fromEntries(entries) };
    if (equalJson(status, quota['status'])) return;
    context.modifyStatus(QUOTAS, quota, (draft) => ({ ...draft, status }));
  });
  const textOf = (object: KubeObject): string => {
    const { namespace = '', name } = objectKey(object);
    return `${namespace}/${name}`;
  };
  context.watch(QUOTAS, ({ type, object }) => {
    const { namespace = '', name } = object.metadata;
    const names = quotas.get(namespace) ?? new Set<string>();
    if (type === 'DELETED') names.delete(name);
    else names.add(name);
    if (names.size > 0) quotas.set(namespace, names);
    else quotas.delete(namespace);
    if (type !== 'DELETED') queue.add(textOf(object));
  });
  context.onClose(
    catalog.subscribeAll((kind, { object }) => {
      if (kind.resource === QUOTAS.resource) return;
      const { namespace = '' } = object.metadata;
      for (const name of quotas.get(namespace) ?? []) queue.add(`${namespace}/${name}`);
    }),
  );
}
