/**
 * Keeps what ResourceQuotas say of themselves: what they allow and what is used.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { formatQuantity, type Quantity } from '../../std/quantity.ts';
import { countedKind, idOf, inScope, usageOf } from '../admission/quota-usage.ts';
import { plus, ZERO } from '../kinds/pod-amounts.ts';
import { asObject, at, equalJson } from '../machinery/json.ts';
import { type Catalog, type Context, objectKey, parseKey } from '../runtime/context.ts';
import { QUOTAS } from '../runtime/resources.ts';

export function startQuotas(context: Context, { catalog }: { readonly catalog: Catalog }): void {
  /** Names of quotas by namespace: few, so that most changes are passed over at once. */
  const quotas = new Map<string, Set<string>>();
  /** Of everything in the namespace that the quota is about. */
  const usedOf = (quota: KubeObject, names: readonly string[]): ReadonlyMap<string, Quantity> => {
    const { namespace = '' } = quota.metadata;
    const used = new Map<string, Quantity>();
    const kinds = new Map(names.flatMap((name) => countedKind(name) ?? []).map((kind) => [idOf(kind), kind]));
    for (const counted of kinds.values()) {
      const kind = catalog
        .kinds()
        .find(({ group, resource }) => group === counted.group && resource === counted.resource);
      for (const object of kind ? context.cluster.list(kind, namespace) : [])
        if (inScope(quota, counted, object))
          for (const [name, amount] of usageOf(counted, object, context.now()))
            used.set(name, plus(used.get(name) ?? ZERO, amount));
    }
    return used;
  };
  const queue = context.queue((key) => {
    const quota = context.get(QUOTAS, parseKey(key));
    if (quota === undefined) return;
    const hard = asObject(at(quota, 'spec', 'hard')) ?? {};
    const names = Object.keys(hard);
    const used = usedOf(quota, names);
    const entries = names.map((name) => [name, formatQuantity(used.get(name) ?? ZERO)] as const);
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
