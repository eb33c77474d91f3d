/**
 * Devices that a pod claims. Nothing here allocates any, so a pod waits as on a cluster whose drivers have none left,
 * unless somebody else has written the allocation: PreEnqueue, PreFilter and Filter of
 * k8s.io/kubernetes/pkg/scheduler/framework/plugins/dynamicresources.
 */
import { asText, at, objectsOf } from '../machinery/json.ts';
import type { Context } from '../runtime/context.ts';
import { DEVICE_CLASSES, RESOURCE_CLAIMS } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';

/**
 * `not made`: a claim is not there, so the pod is not tried at all; `blocked`: it can go nowhere, for this reason;
 * `unallocated`: no node has the devices.
 */
export type DeviceState =
  | { readonly kind: 'settled' | 'not made' | 'unallocated' }
  | { readonly kind: 'blocked'; readonly reason: string };

const SETTLED: DeviceState = { kind: 'settled' };

export function deviceState(context: Context, pod: Pod): DeviceState {
  const { resourceClaims = [] } = pod.spec;
  if (resourceClaims.length === 0) return SETTLED;
  const { namespace = '' } = pod.metadata;
  const made = objectsOf(at(pod, 'status', 'resourceClaimStatuses'));
  const claims = resourceClaims.map(({ name, resourceClaimName }) => {
    const own = resourceClaimName ?? asText(made.find((status) => status['name'] === name)?.['resourceClaimName']);
    const claim = own === '' ? undefined : context.get(RESOURCE_CLAIMS, { namespace, name: own });
    return claim?.metadata.deletionTimestamp === undefined ? claim : undefined;
  });
  if (claims.includes(undefined)) return { kind: 'not made' };
  const pending = claims.filter((claim) => at(claim, 'status', 'allocation') === undefined);
  for (const request of pending.flatMap((claim) => objectsOf(at(claim, 'spec', 'devices', 'requests')))) {
    const name = asText(request['name']);
    const wanted = [
      [name, at(request, 'exactly', 'deviceClassName')] as const,
      ...objectsOf(request['firstAvailable']).map(
        (each) => [`${name}/${asText(each['name'])}`, each['deviceClassName']] as const,
      ),
    ];
    for (const [place, deviceClass] of wanted)
      if (deviceClass !== undefined && context.get(DEVICE_CLASSES, { name: asText(deviceClass) }) === undefined)
        return { kind: 'blocked', reason: `request ${place}: device class ${asText(deviceClass)} does not exist` };
  }
  return pending.length === 0 ? SETTLED : { kind: 'unallocated' };
}
