/** A pod's claims of devices: validatePodResourceClaims of k8s.io/kubernetes/pkg/apis/core/validation. */
import { dnsLabelProblems, dnsSubdomainProblems } from '../../std/names.ts';
import { duplicate, type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asText, type Draft, objectsOf } from '../machinery/json.ts';
import { internalForm } from '../schema/internal-form.ts';
import { textErrors } from './field-checks.ts';

const NONE: ReadonlySet<string> = new Set();

export const claimNames = (spec: Draft): ReadonlySet<string> =>
  spec['resourceClaims'] === undefined
    ? NONE
    : new Set(objectsOf(spec['resourceClaims']).flatMap(({ name }) => asText(name) || []));

const SOURCES = ['resourceClaimName', 'resourceClaimTemplateName'] as const;

export function podClaimErrors(claims: unknown, path: string): readonly FieldError[] {
  if (claims === undefined) return [];
  const names = new Set<string>();
  return objectsOf(claims).flatMap((claim, index) => {
    const [field, name] = [`${path}[${index}]`, asText(claim['name'])];
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${field}.name`));
    else if (names.has(name)) errors.push(duplicate(`${field}.name`, name));
    else errors.push(...textErrors(name, `${field}.name`, dnsLabelProblems));
    names.add(name);
    const given = SOURCES.filter((source) => claim[source] !== undefined);
    const refuse = (detail: string) =>
      errors.push(invalidValue(field, internalForm('core/v1.PodResourceClaim', claim), detail));
    if (given.length > 1) refuse('at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified');
    if (given.length === 0) refuse('must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
    for (const source of given)
      errors.push(...textErrors(asText(claim[source]), `${field}.${source}`, dnsSubdomainProblems));
    return errors;
  });
}
