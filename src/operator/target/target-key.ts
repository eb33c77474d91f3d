/** The key of one policy and one of its targets in the queue of targets. */
import type { KubeObject } from '../../shapes/kube.ts';

export interface TargetKey {
  /** `namespace/name`. */
  readonly policy: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** `''` for what lies in no namespace. */
  readonly namespace: string;
  readonly name: string;
}

export const targetKey = (policy: string, { apiVersion, kind, metadata }: KubeObject): string =>
  JSON.stringify([policy, apiVersion, kind, metadata.namespace ?? '', metadata.name]);

export function parseTargetKey(key: string): TargetKey {
  const [policy, apiVersion, kind, namespace, name] = JSON.parse(key) as [string, string, string, string, string];
  return { policy, apiVersion, kind, namespace, name };
}
