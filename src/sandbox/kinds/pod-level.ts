/**
 * Resources of a pod as a whole: defaultPodRequests of k8s.io/kubernetes/pkg/apis/core/v1 and validatePodResources of
 * pkg/apis/core/validation.
 */
import { formatQuantity, type Quantity } from '../../std/quantity.ts';
import { type FieldError, forbiddenField, invalidValue } from '../machinery/field-errors.ts';
import { asObject, asText, at, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import { containerAmounts } from './pod-amounts.ts';
import { type Amounted, isHugePage, nanoOf, podResourceNameErrors, requirementErrors } from './pod-resources.ts';

const isPodLevel = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePage(name);

/** Of a pod alone: a template keeps what it says. */
export function podLevelDefaults(spec: Draft): void {
  const whole = asObject(spec['resources']);
  if (!whole) return;
  const [limits, requests] = ['limits', 'requests'].map((list) => asObject(whole[list]) ?? {}) as [Draft, Draft];
  if (Object.keys(limits).length === 0 && Object.keys(requests).length === 0) return;
  for (const [name, amount] of containerAmounts(spec, 'limits'))
    if (isHugePage(name) && requests[name] === undefined && limits[name] === undefined)
      childOf(whole, 'limits')[name] = formatQuantity(amount);
  const bounds = asObject(whole['limits']) ?? {};
  if (Object.keys(bounds).length === 0) return;
  const asked: Draft = { ...requests };
  for (const [name, amount] of containerAmounts(spec, 'requests'))
    if (asked[name] === undefined && (name === 'cpu' || name === 'memory')) asked[name] = formatQuantity(amount);
  for (const [name, amount] of Object.entries(bounds))
    if (asked[name] === undefined && isPodLevel(name)) asked[name] = amount;
  if (Object.keys(asked).length > 0) whole['requests'] = asked;
}

export function podLevelErrors(spec: Draft, path: string, claims: ReadonlySet<string>): readonly FieldError[] {
  const whole = asObject(spec['resources']);
  if (!whole) return [];
  const field = `${path}.resources`;
  if (at(spec, 'os', 'name') === 'windows') return [forbiddenField(field, 'may not be set for a windows pod')];
  const ofContainers: Amounted = { resources: whole, names: podResourceNameErrors, claims };
  return [
    ...(whole['claims'] === undefined
      ? []
      : [forbiddenField(`${field}.claims`, 'claims may not be set for Resources at pod-level')]),
    ...requirementErrors(ofContainers, field),
    ...consistencyErrors(spec, whole, field),
  ];
}

function consistencyErrors(spec: Draft, whole: Draft, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const short = (list: 'requests' | 'limits', [name, sum]: readonly [string, Quantity]) => {
    const amount = at(whole, list, name);
    if (amount === undefined || sum.nano <= (nanoOf(amount) ?? 0n)) return;
    const detail = `must be greater than or equal to aggregate container ${list} of ${formatQuantity(sum)}`;
    errors.push(invalidValue(`${path}.${list}[${name}]`, asText(amount), detail));
  };
  for (const entry of containerAmounts(spec, 'requests')) short('requests', entry);
  for (const entry of containerAmounts(spec, 'limits')) if (isHugePage(entry[0])) short('limits', entry);
  for (const [index, container] of objectsOf(spec['containers']).entries())
    for (const [name, limit] of Object.entries(asObject(at(container, 'resources', 'limits')) ?? {})) {
      const most = at(whole, 'limits', name);
      if (most === undefined || (nanoOf(limit) ?? 0n) <= (nanoOf(most) ?? 0n)) continue;
      const detail = `must be less than or equal to pod limits of ${asText(most)}`;
      errors.push(invalidValue(`${path}.containers[${index}][${name}].limits`, asText(limit), detail));
    }
  return errors;
}
