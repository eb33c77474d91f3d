/** Priority: a pod's class becomes a number. After k8s.io/kubernetes/plugin/pkg/admission/priority. */
import type { KubeObject } from '../../shapes/kube.ts';
import { notAdmitted } from '../machinery/admission-errors.ts';
import { asNumber, asText, childOf, type Draft, setDefault } from '../machinery/json.ts';
import type { AdmissionAttributes, AdmissionPlugin, Machinery } from '../machinery/machinery.ts';

const CLASSES = 'priorityclasses.scheduling.k8s.io';

/** Of several by accident the lowest. */
function defaultClass(machinery: Machinery): KubeObject | undefined {
  return [...machinery.store.collection(CLASSES).scan()]
    .map(([, each]) => each)
    .filter((each) => each['globalDefault'] === true)
    .sort((a, b) => (asNumber(a['value']) ?? 0) - (asNumber(b['value']) ?? 0))[0];
}

function admitPod(attributes: AdmissionAttributes, spec: Draft, machinery: Machinery): void {
  const named = asText(spec['priorityClassName']);
  const found = named === '' ? defaultClass(machinery) : machinery.store.collection(CLASSES).get(named);
  if (named !== '' && !found) throw notAdmitted(attributes, `no PriorityClass with name ${named} was found`);
  if (found) spec['priorityClassName'] = found.metadata.name;
  const value = asNumber(found?.['value']) ?? 0;
  const given = asNumber(spec['priority']);
  if (given !== undefined && given !== value)
    throw notAdmitted(
      attributes,
      `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  spec['priority'] = value;
  const policy = found ? asText(found['preemptionPolicy']) : 'PreemptLowerPriority';
  if (policy === '') return;
  const asked = asText(spec['preemptionPolicy']);
  if (spec['preemptionPolicy'] !== undefined && asked !== policy)
    throw notAdmitted(
      attributes,
      `the string value of PreemptionPolicy (${asked}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  spec['preemptionPolicy'] = policy;
}

export const priority: AdmissionPlugin = {
  admit: (attributes, machinery) => {
    const { type, operation, subresource, object, old } = attributes;
    if (!object || subresource !== '' || type.group !== '' || type.resource !== 'pods') return;
    const spec = childOf(object, 'spec');
    if (operation === 'CREATE') admitPod(attributes, spec, machinery);
    const before = old?.['spec'] as Draft | undefined;
    for (const field of ['priority', 'preemptionPolicy'])
      if (operation === 'UPDATE' && before?.[field] !== undefined) setDefault(spec, field, before[field]);
  },
  validate: (attributes, machinery) => {
    const { type, operation, subresource, object, name } = attributes;
    if (!object || subresource !== '' || `${type.resource}.${type.group}` !== CLASSES) return;
    const present = object['globalDefault'] === true ? defaultClass(machinery) : undefined;
    if (!present || (operation === 'UPDATE' && present.metadata.name === name)) return;
    throw notAdmitted(
      attributes,
      `PriorityClass ${present.metadata.name} is already marked as default. Only one default can exist`,
    );
  },
};
