/** The pod that a workload's template describes. */
import type { KubeObject } from '../../shapes/kube.ts';
import { controllerRef } from '../runtime/context.ts';
import type { PodTemplate } from '../runtime/shapes.ts';

export interface PodOrder {
  readonly owner: KubeObject;
  readonly ownerKind: { readonly apiVersion: string; readonly kind: string };
  readonly template: PodTemplate;
  /** Exactly one of the two. */
  readonly name?: string;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly spec?: Readonly<Record<string, unknown>>;
}

export function makePod(order: PodOrder): KubeObject {
  const { template, owner, ownerKind } = order;
  const labels = { ...template.metadata?.labels, ...order.labels };
  const annotations = { ...template.metadata?.annotations, ...order.annotations };
  const finalizers = [...(template.metadata?.finalizers ?? []), ...(order.finalizers ?? [])];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: order.name ?? '',
      ...(order.generateName === undefined ? {} : { generateName: order.generateName }),
      namespace: owner.metadata.namespace ?? '',
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ...(finalizers.length > 0 ? { finalizers } : {}),
      ownerReferences: [controllerRef(ownerKind, owner)],
    },
    spec: { ...template.spec, ...order.spec },
  };
}
