/** DefaultTolerationSeconds: pods stay five minutes on a node that is lost. */
import { asText, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import type { AdmissionPlugin } from '../machinery/machinery.ts';

function tolerateLostNodes(spec: Draft): void {
  const tolerations = [...objectsOf(spec['tolerations'])];
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const covered = tolerations.some((toleration) => {
      const effect = asText(toleration['effect']);
      return (
        (asText(toleration['key']) === key || asText(toleration['key']) === '') &&
        (effect === 'NoExecute' || effect === '')
      );
    });
    if (!covered) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  }
  spec['tolerations'] = tolerations;
}

export const lostNodeTolerations: AdmissionPlugin = {
  admit: ({ operation, type, subresource, object }) => {
    if (!object || type.group !== '' || type.resource !== 'pods' || subresource !== '') return;
    const spec = childOf(object, 'spec');
    if (operation === 'CREATE' || operation === 'UPDATE') tolerateLostNodes(spec);
  },
};
