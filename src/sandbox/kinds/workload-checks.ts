/** What the kinds that make pods of a template check alike. After k8s.io/kubernetes/pkg/apis/apps/validation. */
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asNumber, asObject, at, childOf, type Draft, equalJson, isObject } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { matchesLabels, type Requirement, requirementsOf } from '../machinery/selectors.ts';
import { shownEmpty } from '../machinery/given-empties.ts';
import { atLeastZero, oneOf } from './field-checks.ts';
import { labelSelectorErrors, shownMap, shownSelector } from '../machinery/label-selector.ts';
import { podTemplateErrors } from './pod-spec.ts';

export const nonNegative = (owner: Draft, names: readonly string[]): readonly FieldError[] =>
  names.flatMap((name) => atLeastZero(owner[name], `spec.${name}`));

/** That it is there, well-formed, and selects something; in the words of `kind`. */
export function selectorErrors(spec: Draft, kind: string): readonly FieldError[] {
  const selector = spec['selector'];
  if (!isObject(selector)) return [required('spec.selector')];
  return [
    ...labelSelectorErrors(selector, 'spec.selector'),
    ...(selectsNothing(selector)
      ? [invalidValue('spec.selector', shownSelector(selector), `empty selector is invalid for ${kind}`)]
      : []),
  ];
}

export const selectsNothing = (selector: Draft): boolean => Object.keys(shownSelector(selector) ?? {}).length === 0;

/** `unusable`: what is said of a selector that cannot be evaluated. */
export function templateErrors(spec: Draft, template: unknown, unusable: string): readonly FieldError[] {
  const selector = asObject(spec['selector']);
  if (selector && labelSelectorErrors(selector, '').length > 0)
    return [invalidValue('spec.selector', shownSelector(selector), unusable)];
  return [...matchingErrors(selector, template), ...podTemplateErrors(template, 'spec.template')];
}

/** An absent selector selects nothing. */
const NOTHING: Requirement = { key: '', operator: 'in', values: [] };

export function matchingErrors(selector: unknown, template: unknown): readonly FieldError[] {
  const labels = asObject(at(template, 'metadata', 'labels'));
  const requirements = requirementsOf(asObject(selector)) ?? [NOTHING];
  return matchesLabels(requirements, labels as Record<string, string> | undefined)
    ? []
    : [
        invalidValue(
          'spec.template.metadata.labels',
          labels ? shownMap(labels) : shownEmpty(at(template, 'metadata'), 'labels'),
          '`selector` does not match template `labels`',
        ),
      ];
}

/** What a controller's pods never are: finished by themselves. */
export function lastingErrors(template: unknown, kind: string): readonly FieldError[] {
  const spec = at(template, 'spec');
  const errors: FieldError[] = [
    ...oneOf(at(spec, 'restartPolicy') ?? 'Always', 'spec.template.spec.restartPolicy', ['Always']),
  ];
  if (at(spec, 'activeDeadlineSeconds') !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', detail));
  }
  return errors;
}

/** A text that is neither a percentage nor a number counts for nothing. */
export const isZero = (value: unknown): boolean =>
  value === undefined || value === 0 || (typeof value === 'string' && !SOMETHING.test(value));

const SOMETHING = /^([+-]?0*[1-9][0-9]*|0*[1-9][0-9]*%)$/;

/** Of a value that is shown whole. */
export const notSupportedForm = (
  field: string,
  badValue: unknown,
  supported: readonly string[],
): readonly FieldError[] => [
  {
    type: 'FieldValueNotSupported',
    field,
    badValue,
    detail: `supported values: ${supported.map((each) => JSON.stringify(each)).join(', ')}`,
  },
];

const PARTS = ['fullyLabeledReplicas', 'updatedReplicas', 'readyReplicas', 'currentReplicas', 'availableReplicas'];

/** Counts of parts are no larger than what they are parts of. `ready`: as the kind names that count. */
export function replicaStatusErrors(object: Draft, counts: readonly string[], ready: string): readonly FieldError[] {
  const status = asObject(object['status']) ?? {};
  const count = (name: string) => asNumber(status[name]) ?? 0;
  const errors: FieldError[] = [...counts, 'collisionCount'].flatMap((name) =>
    atLeastZero(status[name], `status.${name}`),
  );
  for (const name of counts.filter((each) => PARTS.includes(each)))
    if (count(name) > count('replicas'))
      errors.push(invalidValue(`status.${name}`, count(name), 'cannot be greater than status.replicas'));
  if (count('availableReplicas') > count('readyReplicas'))
    errors.push(
      invalidValue('status.availableReplicas', count('availableReplicas'), `cannot be greater than ${ready}`),
    );
  return errors;
}

export function collisionErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const [now, before] = [object, old].map((each) => asNumber(at(each, 'status', 'collisionCount')));
  if (before === undefined || (now !== undefined && now >= before)) return [];
  return [invalidValue('status.collisionCount', now ?? 0, 'cannot be decremented')];
}

export const specOf = (draft: Draft): Draft => childOf(draft, 'spec');

export const selectorFixed: NonNullable<Strategy['validateUpdate']> = (object, old) =>
  equalJson(at(object, 'spec', 'selector'), at(old, 'spec', 'selector'))
    ? []
    : [invalidValue('spec.selector', shownSelector(at(object, 'spec', 'selector')), 'field is immutable')];
