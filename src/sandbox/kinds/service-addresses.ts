/** Cluster addresses of Services and their families. */
import { isIP, isIPv6 } from 'node:net';
import { duplicate, type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asObject, asText, type Draft } from '../machinery/json.ts';
import { ipAddress, oneOf } from './field-checks.ts';

const FIELD = 'spec.clusterIPs';

/** `accepted`: addresses that the Service had. They were checked when they came. */
export function familyErrors(spec: Draft, accepted: readonly unknown[] = []): readonly FieldError[] {
  const first = asText(spec['clusterIP']);
  const addresses = asList(spec['clusterIPs']).map(asText);
  const families = asList(spec['ipFamilies']).map(asText);
  const policy = spec['ipFamilyPolicy'];
  const errors: FieldError[] = [];
  if (first !== '' && addresses.length === 0) errors.push(required(FIELD));
  else if (first !== '' && addresses[0] !== first)
    errors.push(invalidValue(FIELD, addresses, 'first value must match `clusterIP`'));
  else if (first === '' && addresses.length > 0)
    errors.push(invalidValue(FIELD, addresses, 'must be empty when `clusterIP` is not specified'));
  for (const [index, family] of families.entries()) {
    const field = `spec.ipFamilies[${index}]`;
    errors.push(...oneOf(family, field, ['IPv4', 'IPv6']));
    if (families.indexOf(family) < index) errors.push(duplicate(field, family));
  }
  if (policy !== undefined)
    errors.push(...oneOf(policy, 'spec.ipFamilyPolicy', ['PreferDualStack', 'RequireDualStack', 'SingleStack']));
  const wrong = addresses.flatMap((address, index) => {
    if (index > 0 || address !== 'None')
      return accepted.includes(address) ? [] : ipAddress(address, `${FIELD}[${index}]`);
    return addresses.length > 1 ? [invalidValue(FIELD, addresses, "'None' must be the first and only value")] : [];
  });
  errors.push(...wrong);
  if (addresses.length > 2) errors.push(invalidValue(FIELD, addresses, 'may only hold up to 2 values'));
  if (wrong.length > 0) return errors;
  if (addresses.length > 1 && new Set(addresses.map(isIP)).size < 2)
    errors.push(invalidValue(FIELD, addresses, 'may specify no more than one IP for each IP family'));
  if (addresses[0] === 'None') return errors;
  for (const [index, address] of addresses.slice(0, families.length).entries()) {
    const family = isIPv6(address) ? 'IPv6' : 'IPv4';
    const expected = families[index];
    if (expected !== family && (expected === 'IPv4' || expected === 'IPv6'))
      errors.push(
        invalidValue(
          `${FIELD}[${index}]`,
          address,
          `expected an ${expected} value as indicated by \`ipFamilies[${index}]\``,
        ),
      );
  }
  return errors;
}

const isHeadless = (addresses: readonly unknown[]): boolean => addresses.length === 1 && addresses[0] === 'None';

/** What was given out stays, unless the Service changes to or from an external name. */
export function addressErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const [spec, before] = [asObject(object['spec']) ?? {}, asObject(old['spec']) ?? {}];
  if (before['type'] === 'ExternalName' || spec['type'] === 'ExternalName') return [];
  const [now, had] = [asList(spec['clusterIPs']), asList(before['clusterIPs'])];
  if (isHeadless(now) && isHeadless(had)) return [];
  const errors: FieldError[] = [];
  if (now.length === 0 && had.length > 0)
    errors.push(invalidValue(`${FIELD}[0]`, now, 'primary clusterIP can not be unset'));
  for (const [index, address] of had.entries())
    if (index < now.length && now[index] !== address && (index === 0 || now.length === had.length))
      errors.push(invalidValue(`${FIELD}[${index}]`, now, 'may not change once set'));
  if (isHeadless(now) !== isHeadless(had)) return errors;
  const [families, hadFamilies] = [asList(spec['ipFamilies']), asList(before['ipFamilies'])];
  if (families.length === hadFamilies.length) {
    for (const [index, family] of hadFamilies.entries())
      if (families[index] !== family)
        errors.push(invalidValue('spec.ipFamilies[0]', families, 'may not change once set'));
  }
  return errors;
}
