/** Where a load balancer listens, in the status of Services and Ingresses. */
import { isIP } from 'node:net';
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import { dnsSubdomainProblems } from '../../std/names.ts';
import { ipAddress, textErrors } from './field-checks.ts';

const ingressesOf = (object: unknown): readonly Draft[] => objectsOf(at(object, 'status', 'loadBalancer', 'ingress'));

/** `more`: what the kind says between an address and its name. */
export function balancerAddressErrors(
  object: Draft,
  old: unknown,
  more: (ingress: Draft, field: string) => readonly FieldError[] = () => [],
): readonly FieldError[] {
  const accepted = new Set(ingressesOf(old).map((ingress) => asText(ingress['ip'])));
  return ingressesOf(object).flatMap((ingress, index) => {
    const field = `status.loadBalancer.ingress[${index}]`;
    const [ip, host] = [asText(ingress['ip']), asText(ingress['hostname'])];
    return [
      ...(ip === '' || accepted.has(ip) ? [] : ipAddress(ip, `${field}.ip`)),
      ...more(ingress, field),
      ...(host === '' ? [] : textErrors(host, `${field}.hostname`, dnsSubdomainProblems)),
      ...(isIP(host) === 0 ? [] : [invalidValue(`${field}.hostname`, host, 'must be a DNS name, not an IP address')]),
    ];
  });
}
