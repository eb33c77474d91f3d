/**
 * PodResizeValidator: a pod on a node grows no larger than the node. After
 * k8s.io/kubernetes/plugin/pkg/admission/podresize.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { parseQuantity, type Quantity } from '../../std/quantity.ts';
import { notAdmitted } from '../machinery/admission-errors.ts';
import { ApiError } from '../machinery/errors.ts';
import { asText, at, equalJson } from '../machinery/json.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../machinery/machinery.ts';
import { podAmounts } from './quota-usage.ts';

const OS = 'kubernetes.io/os';
const NANO = 1_000_000_000n;
const PER_MILLI = 1_000_000n;

/** Refused with a cause that names why; it has no message of its own. */
function refused(attributes: AdmissionAttributes, problem: string, reason: string): ApiError {
  const { status } = notAdmitted(attributes, problem);
  return new ApiError({ ...status, details: { ...status.details, causes: [{ reason }] } });
}

const roundedUp = (nano: bigint, unit: bigint): bigint => (nano + unit - 1n) / unit;

function capacityProblem(pod: unknown, node: KubeObject): string | undefined {
  const requests = podAmounts(at(pod, 'spec'), 'requests');
  const over = (['cpu', 'memory'] as const).flatMap((name) => {
    const nano = (quantity: Quantity | undefined) => quantity?.nano ?? 0n;
    const [asked, allocatable] = [
      nano(requests.get(name)),
      nano(parseQuantity(asText(at(node, 'status', 'allocatable', name)))),
    ];
    const unit = name === 'cpu' ? PER_MILLI : NANO;
    return asked > allocatable
      ? [`${name}, requested: ${roundedUp(asked, unit)}, allocatable: ${roundedUp(allocatable, unit)}`]
      : [];
  });
  return over.length === 0 ? undefined : `node didn't have enough allocatable resources: ${over.join('; ')}`;
}

export const podResize: AdmissionPlugin = {
  validate: (attributes, machinery) => {
    const { operation, type, subresource, object, old } = attributes;
    if (operation !== 'UPDATE' || subresource !== 'resize' || type.group !== '' || type.resource !== 'pods') return;
    const name = asText(at(object, 'spec', 'nodeName'));
    if (name === '' || equalJson(object?.['spec'], old?.['spec'])) return;
    const node = machinery.store.collection('nodes').get(name);
    if (!node) throw notAdmitted(attributes, `node ${JSON.stringify(name)} not found`);
    const os = node.metadata.labels?.[OS];
    if (os !== undefined && os !== 'linux') {
      const problem = `pod resize is only supported on linux nodes, node ${JSON.stringify(name)} is ${JSON.stringify(os)}`;
      throw refused(attributes, problem, 'UnsupportedPlatform');
    }
    const problem = capacityProblem(object, node);
    if (problem !== undefined) throw refused(attributes, problem, 'NodeCapacity');
  },
};
