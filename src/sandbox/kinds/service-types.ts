/**
 * Which fields the type of a Service needs, and what goes when the type changes: dropTypeDependentFields of
 * k8s.io/kubernetes/pkg/registry/core/service/strategy.go.
 */
import { asList, asNumber, asObject, asText, type Draft, equalJson, objectsOf } from '../machinery/json.ts';

export type Shown = Readonly<Record<string, unknown>>;

export const isHeadless = (spec: Shown): boolean => spec['type'] === 'ClusterIP' && spec['clusterIP'] === 'None';
export const needsAddress = (spec: Shown): boolean => spec['type'] !== 'ExternalName';
export const takesNodePorts = (spec: Shown): boolean => spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer';
/** Ports of nodes are given to it where it names none. */
export const isGivenNodePorts = (spec: Shown): boolean =>
  spec['type'] === 'NodePort' || (spec['type'] === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false);
export const needsHealthPort = (spec: Shown): boolean =>
  spec['type'] === 'LoadBalancer' && spec['externalTrafficPolicy'] === 'Local';
export const isReachedFromOutside = (spec: Shown): boolean =>
  takesNodePorts(spec) || (spec['type'] === 'ClusterIP' && asList(spec['externalIPs']).length > 0);

export const nodePortsOf = (spec: Shown): readonly number[] =>
  objectsOf(spec['ports']).flatMap((port) => asNumber(port['nodePort']) || []);

const sameList = (a: unknown, b: unknown): boolean => equalJson(asList(a), asList(b));

/** Each of them goes only when the client left it as it was: another value is for validation to refuse. */
export function dropWhatTypeLost(draft: Draft, old: Shown): void {
  const [spec, before] = [asObject(draft['spec']) ?? {}, asObject(old['spec']) ?? {}];
  if (needsAddress(before) && !needsAddress(spec)) {
    if (asText(spec['clusterIP']) === asText(before['clusterIP']) && sameList(spec['clusterIPs'], before['clusterIPs']))
      for (const field of ['clusterIP', 'clusterIPs']) delete spec[field];
    if (sameList(spec['ipFamilies'], before['ipFamilies'])) delete spec['ipFamilies'];
    if (spec['ipFamilyPolicy'] === before['ipFamilyPolicy']) delete spec['ipFamilyPolicy'];
  }
  const had = nodePortsOf(before);
  if (takesNodePorts(before) && !takesNodePorts(spec) && nodePortsOf(spec).every((port) => had.includes(port)))
    for (const port of objectsOf(spec['ports'])) delete port['nodePort'];
  const lost = (needs: (of: Shown) => boolean, field: string) => {
    if (needs(before) && !needs(spec) && spec[field] === before[field]) delete spec[field];
  };
  const balanced = (of: Shown): boolean => of['type'] === 'LoadBalancer';
  lost(needsHealthPort, 'healthCheckNodePort');
  lost(balanced, 'allocateLoadBalancerNodePorts');
  lost(balanced, 'loadBalancerClass');
  lost(isReachedFromOutside, 'externalTrafficPolicy');
  if (!balanced(spec)) draft['status'] = { ...asObject(draft['status']), loadBalancer: {} };
}
