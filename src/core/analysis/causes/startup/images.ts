import type { PodObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { PULL } from './container-wait.ts';
import { containerOf, statusesOf } from '../facts.ts';

/** The image that fails, or else the first. */
export function imageOf(pod: PodObject): string {
  const failing = statusesOf(pod).find(({ state }) => PULL.states.some((state2) => state2 === state?.waiting?.reason));
  const container = failing === undefined ? pod.spec?.containers?.[0] : containerOf(pod, failing.name);
  return container?.image ?? failing?.image ?? 'unknown';
}

/**
 * Names without a slash are Docker's official images, which everybody may read. A registry that refuses one does not
 * have it: for what is not there it says the same as for what is private.
 */
export const isOfficial = (image: string): boolean => !image.replace(/^docker\.io\/(?:library\/)?/, '').includes('/');

/** Whether the pull secrets of the pod and of its ServiceAccount are there. It has none, or lacks one: `missing`. */
export function pullSecrets(pod: PodObject, snapshot: Snapshot): 'there' | 'missing' | 'of no use' {
  const { spec, metadata } = pod;
  const { namespace } = metadata;
  const account = snapshot.find('ServiceAccount', { namespace, name: spec?.serviceAccountName ?? 'default' });
  const ofAccount = (account?.['imagePullSecrets'] ?? []) as readonly { readonly name?: string }[];
  const names = [...(spec?.imagePullSecrets ?? []), ...ofAccount].flatMap(({ name }) => name ?? []);
  if (isOfficial(imageOf(pod))) return 'of no use';
  const there = names.filter((name) => snapshot.has('Secret', { namespace, name }) !== false);
  return names.length > 0 && there.length === names.length ? 'there' : 'missing';
}
