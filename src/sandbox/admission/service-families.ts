/**
 * Families of a Service's addresses, on a cluster that has IPv4 alone: initIPFamilyFields, normalizeClusterIPs and
 * patchAllocatedValues of k8s.io/kubernetes/pkg/registry/core/service/storage.
 */
import { isIPv6 } from 'node:net';
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { asList, asText, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { familyErrors } from '../kinds/service-addresses.ts';
import { isGivenNodePorts, needsAddress, needsHealthPort, nodePortsOf, type Shown } from '../kinds/service-types.ts';

const POLICY = 'spec.ipFamilyPolicy';

/** A client that sends the manifest again, without what was given to the Service, keeps that. */
export function keepWhatWasGiven(spec: Draft, before: Shown): void {
  if (needsAddress(before) && needsAddress(spec)) {
    if (asText(spec['clusterIP']) === '' && before['clusterIP'] !== undefined) spec['clusterIP'] = before['clusterIP'];
    const had = asList(before['clusterIPs']);
    if (asList(spec['clusterIPs']).length === 0 && had.length > 0) spec['clusterIPs'] = [...had];
  }
  if (isGivenNodePorts(before) && isGivenNodePorts(spec)) {
    const named = nodePortsOf(spec);
    const used = new Set(nodePortsOf(before).filter((port) => named.includes(port)));
    const byName = new Map(objectsOf(before['ports']).map((port) => [asText(port['name']), port['nodePort']]));
    for (const port of objectsOf(spec['ports'])) {
      const had = byName.get(asText(port['name']));
      if (!port['nodePort'] && typeof had === 'number' && !used.has(had)) port['nodePort'] = had;
    }
  }
  if (needsHealthPort(before) && needsHealthPort(spec) && !spec['healthCheckNodePort'])
    spec['healthCheckNodePort'] = before['healthCheckNodePort'];
}

/** Clients of the single field speak for the list, too. */
export function matchAddresses(spec: Draft, before: Shown | undefined): void {
  const [single, several] = [asText(spec['clusterIP']), asList(spec['clusterIPs'])];
  if (!before) {
    if (single !== '' && several.length === 0) spec['clusterIPs'] = [single];
    return;
  }
  const [hadSingle, had] = [asText(before['clusterIP']), asList(before['clusterIPs'])];
  if (had.length > 0 && several.length === 0 && single === hadSingle) spec['clusterIPs'] = [...had];
  if (single === hadSingle || !equalJson(asList(spec['clusterIPs']), had)) return;
  if (hadSingle !== '' && single === '') delete spec['clusterIPs'];
  else spec['clusterIPs'] = [single];
}

/** Services that asked for two families where there is one stay as they are until they ask for something else. */
export const prefersAsBefore = (spec: Draft, before: Shown | undefined): boolean =>
  before !== undefined &&
  spec['ipFamilyPolicy'] === 'PreferDualStack' &&
  (before['ipFamilyPolicy'] ?? 'PreferDualStack') === 'PreferDualStack' &&
  spec['type'] === before['type'] &&
  ['ClusterIP', 'NodePort', 'LoadBalancer'].includes(asText(spec['type'])) &&
  equalJson(asList(spec['clusterIPs']), asList(before['clusterIPs'])) &&
  equalJson(asList(spec['ipFamilies']), asList(before['ipFamilies']));

/** Fills them in; answers why they cannot be had. */
export function initFamilies(spec: Draft, before: Shown | undefined): readonly FieldError[] {
  if (prefersAsBefore(spec, before)) return [];
  const headless = spec['clusterIP'] === 'None' && Object.keys(spec['selector'] ?? {}).length === 0;
  spec['ipFamilyPolicy'] ??= before?.['ipFamilyPolicy'] ?? (headless ? 'RequireDualStack' : 'SingleStack');
  const malformed = familyErrors(spec);
  if (malformed.length > 0) return malformed;
  const changed = [...(before ? cutErrors(spec, before) : []), ...countErrors(spec), ...inferFamilies(spec)];
  if (changed.length > 0) return changed;
  const families = asList(spec['ipFamilies']).map(asText);
  if (headless) {
    // Where its endpoints are is not known: it may have both families.
    if (families.length === 0) families.push('IPv4');
    if (families.length < 2 && spec['ipFamilyPolicy'] !== 'SingleStack')
      families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4');
    spec['ipFamilies'] = families;
    return [];
  }
  const errors: FieldError[] = [];
  if (spec['ipFamilyPolicy'] === 'RequireDualStack')
    errors.push(invalidValue(POLICY, 'RequireDualStack', 'this cluster is not configured for dual-stack services'));
  for (const [index, family] of families.entries())
    if (family !== 'IPv4')
      errors.push(invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  if (errors.length === 0 && families.length === 0) spec['ipFamilies'] = ['IPv4'];
  return errors;
}

/** A second address or family goes when the Service asks for one alone, and only then. */
function cutErrors(spec: Draft, before: Shown): readonly FieldError[] {
  const policy = spec['ipFamilyPolicy'];
  const fields = [
    ['clusterIPs', 'cluster IP'],
    ['ipFamilies', 'IP family'],
  ] as const;
  return fields.flatMap(([field, word]) => {
    const [now, had] = [asList(spec[field]), asList(before[field])];
    if (policy === 'SingleStack') {
      if (equalJson(now, had) && now.length > 1) spec[field] = now.slice(0, 1);
      return [];
    }
    if (now.length === 0 || now.length >= had.length) return [];
    return [invalidValue(POLICY, policy, `must be 'SingleStack' to release the secondary ${word}`)];
  });
}

function countErrors(spec: Draft): readonly FieldError[] {
  if (spec['ipFamilyPolicy'] !== 'SingleStack') return [];
  const refused = (what: string): FieldError =>
    invalidValue(
      POLICY,
      'SingleStack',
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    );
  return [
    ...(asList(spec['clusterIPs']).length === 2 ? [refused('cluster IPs')] : []),
    ...(asList(spec['ipFamilies']).length === 2 ? [refused('IP families')] : []),
  ];
}

/** From the addresses that the client named. */
function inferFamilies(spec: Draft): readonly FieldError[] {
  const addresses = asList(spec['clusterIPs']).map(asText);
  if (addresses[0] === 'None') return [];
  const families = [...asList(spec['ipFamilies'])];
  const errors: FieldError[] = [];
  for (const [index, address] of addresses.entries()) {
    if (index < families.length) continue;
    if (isIPv6(address))
      errors.push(invalidValue(`spec.clusterIPs[${index}]`, addresses, 'IPv6 is not configured on this cluster'));
    else families.push('IPv4');
  }
  if (families.length > 0) spec['ipFamilies'] = families;
  return errors;
}
