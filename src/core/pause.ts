/** The kill switch: while its ConfigMap exists, nothing is healed. */
import type { KubeObject } from '../shapes/kube.ts';

/** Keys of its data. None of them has to be there: a bare ConfigMap pauses as well. */
export interface PauseData {
  readonly reason?: string;
  /** The person who paused, as the API server knew them. */
  readonly by?: string;
  /** Written right before it is deleted: the person who goes on, and why. */
  readonly lifted?: string;
}

export const pauseData = (configMap: KubeObject): PauseData => configMap['data'] ?? {};

const nameOf = ({ metadata: { namespace, name } }: KubeObject): string => `ConfigMap ${namespace}/${name}`;

/** The text for a person who asks why nothing is healed. */
export function pauseText(configMap: KubeObject): string {
  const { reason, by } = pauseData(configMap);
  const said = [...(reason === undefined ? [] : [reason]), ...(by === undefined ? [] : [`(${by})`])].join(' ');
  return `${nameOf(configMap)} pauses all healing${said === '' ? '' : `: ${said}`}; delete it to go on`;
}

/** Of one that is gone. */
export function liftedText(configMap: KubeObject): string {
  const { lifted } = pauseData(configMap);
  return `${nameOf(configMap)} is gone: healing goes on${lifted === undefined ? '' : `; ${lifted}`}`;
}
