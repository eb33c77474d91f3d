/** How a node treats a pod when it runs short: k8s.io/component-helpers and pkg/apis/core/v1/helper/qos. */
import { asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import { nanoOf } from './pod-resources.ts';

/** Guaranteed: every container limits what it requests; BestEffort: none says anything. */
export function qosClass(spec: Draft): string {
  const whole = at(spec, 'resources') === undefined ? undefined : [{ resources: spec['resources'] }];
  const holders: readonly unknown[] = whole ?? [...objectsOf(spec['containers']), ...objectsOf(spec['initContainers'])];
  const positive = (amount: unknown) => (nanoOf(amount) ?? 0n) > 0n;
  let some = false;
  let all = holders.length > 0;
  for (const holder of holders) {
    const limits = asObject(at(holder, 'resources', 'limits')) ?? {};
    const requests = asObject(at(holder, 'resources', 'requests')) ?? {};
    for (const name of ['cpu', 'memory']) {
      const [limit, request] = [limits[name], requests[name]];
      if (positive(limit) || positive(request)) some = true;
      if (!positive(limit)) all = false;
      else if (request !== undefined && nanoOf(asText(request)) !== nanoOf(asText(limit))) all = false;
    }
  }
  return !some ? 'BestEffort' : all ? 'Guaranteed' : 'Burstable';
}
