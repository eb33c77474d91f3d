/** The kill switch: while its ConfigMap exists, nothing is healed. */
import type { KubeObject } from '../shapes/kube.ts';

/** The text for a person who asks why nothing is healed. */
export function pauseText(configMap: KubeObject): string {
  const { namespace, name } = configMap.metadata;
  const data = configMap['data'] as Readonly<Record<string, string>> | undefined;
  const why = data?.['reason'];
  return `ConfigMap ${namespace}/${name} pauses all healing${why === undefined ? '' : `: ${why}`}; delete it to go on`;
}
