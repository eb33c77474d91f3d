/**
 * What a pod gets on its way in: account, priority, tolerations, links. The default admission plugins of those names.
 */
import { forbidden } from '../machinery/errors.ts';
import { asNumber, asText, at, childOf, type Draft, objectsOf, setDefault } from '../machinery/json.ts';
import type { AdmissionPlugin } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';

const isNewPod = (
  type: { readonly group: string; readonly resource: string },
  operation: string,
  subresource: string,
): boolean => type.group === '' && type.resource === 'pods' && operation === 'CREATE' && subresource === '';

const isPodUpdate = (
  type: { readonly group: string; readonly resource: string },
  operation: string,
  subresource: string,
): boolean => type.group === '' && type.resource === 'pods' && operation === 'UPDATE' && subresource === '';

/** DefaultTolerationSeconds: pods stay five minutes on a node that is lost. */
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

const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

export const podDefaulting: AdmissionPlugin = {
  admit: ({ operation, type, subresource, object }, machinery) => {
    if (!object) return;
    if (isPodUpdate(type, operation, subresource)) tolerateLostNodes(childOf(object, 'spec'));
    if (!isNewPod(type, operation, subresource)) return;
    const spec = childOf(object, 'spec');
    if (
      asText(metaOf(object)['annotations'] && at(object, 'metadata', 'annotations', 'kubernetes.io/config.mirror')) ===
      ''
    ) {
      const account = asText(spec['serviceAccountName']) || asText(spec['serviceAccount']) || 'default';
      Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
    }
    const className = asText(spec['priorityClassName']);
    const classes = machinery.store.collection('priorityclasses.scheduling.k8s.io');
    const found =
      className === ''
        ? [...classes.scan()].map(([, each]) => each).find((each) => each['globalDefault'] === true)
        : classes.get(className);
    const value = asNumber(found?.['value']) ?? SYSTEM_PRIORITIES[className];
    if (className !== '' && value === undefined)
      throw forbidden(type, asText(metaOf(object)['name']), `no PriorityClass with name ${className} was found`);
    const given = asNumber(spec['priority']);
    if (given !== undefined && given !== (value ?? 0)) {
      throw forbidden(
        type,
        asText(metaOf(object)['name']),
        `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${value ?? 0} from the given PriorityClass name`,
      );
    }
    spec['priority'] = value ?? 0;
    setDefault(spec, 'enableServiceLinks', true);
    setDefault(spec, 'preemptionPolicy', asText(found?.['preemptionPolicy']) || 'PreemptLowerPriority');
    tolerateLostNodes(spec);
  },
};
