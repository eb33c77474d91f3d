/**
 * Keys of labels whose values a pod shares with those that it is placed by: mutatePodAffinity of
 * k8s.io/kubernetes/pkg/registry/core/pod, ValidateMatchLabelKeysAndMismatchLabelKeys of pkg/apis/core/validation.
 */
import { qualifiedNameProblems } from '../../std/names.ts';
import { type FieldError, forbiddenField, invalidValue } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { textErrors } from './field-checks.ts';

export const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
export const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

function merge(term: Draft, labels: Draft, [field, operator]: readonly [string, 'In' | 'NotIn']): void {
  const selector = term['labelSelector'];
  if (!isObject(selector)) return;
  const found = asList(term[field])
    .map(asText)
    .flatMap((key) => (labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }]));
  if (found.length > 0) selector['matchExpressions'] = [...objectsOf(selector['matchExpressions']), ...found];
}

/** Once, when the pod is made. */
export function mergeLabelKeys(pod: Draft): void {
  const spec = asObject(pod['spec']);
  if (spec?.['affinity'] === undefined && spec?.['topologySpreadConstraints'] === undefined) return;
  const labels = asObject(at(pod, 'metadata', 'labels')) ?? {};
  const terms = ['podAffinity', 'podAntiAffinity'].flatMap((kind) => {
    const affinity = at(spec, 'affinity', kind);
    const preferred = objectsOf(at(affinity, PREFERRED)).map((wish) => wish['podAffinityTerm']);
    return objectsOf([...preferred, ...objectsOf(at(affinity, REQUIRED))]);
  });
  for (const term of [...terms, ...objectsOf(spec?.['topologySpreadConstraints'])]) {
    merge(term, labels, ['matchLabelKeys', 'In']);
    merge(term, labels, ['mismatchLabelKeys', 'NotIn']);
  }
}

function keyErrors(keys: readonly string[], path: string, selector: unknown): readonly FieldError[] {
  if (keys.length === 0) return [];
  if (!isObject(selector)) return [forbiddenField(path, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, index) => textErrors(key, `${path}[${index}]`, qualifiedNameProblems));
}

/** The server has merged the values already: a key that the selector has twice was in both. */
export function labelKeyErrors(term: Draft, path: string): readonly FieldError[] {
  const keys = (name: string) => asList(term[name]).map(asText);
  const [match, mismatch] = [keys('matchLabelKeys'), keys('mismatchLabelKeys')];
  if (match.length === 0 && mismatch.length === 0) return [];
  const selector = term['labelSelector'];
  const errors: FieldError[] = [
    ...keyErrors(match, `${path}.matchLabelKeys`, selector),
    ...keyErrors(mismatch, `${path}.mismatchLabelKeys`, selector),
  ];
  const seen = new Set(Object.keys(asObject(at(selector, 'matchLabels')) ?? {}));
  for (const requirement of objectsOf(at(selector, 'matchExpressions'))) {
    const key = asText(requirement['key']);
    const index = match.lastIndexOf(key);
    // The server leaves the field's name out.
    if (index >= 0 && seen.has(key))
      errors.push(invalidValue(`${path}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector'));
    seen.add(key);
  }
  for (const [index, key] of match.entries())
    if (mismatch.includes(key)) {
      const detail = 'exists in both matchLabelKeys and mismatchLabelKeys';
      errors.push(invalidValue(`${path}.matchLabelKeys[${index}]`, key, detail));
    }
  return errors;
}
