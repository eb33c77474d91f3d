/** ResourceQuotas: what may be counted, and of which pods. */
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { shownEmpty } from '../machinery/given-empties.ts';
import type { Strategy } from '../machinery/registry.ts';
import { amountErrors, nanoOf, quotaNameErrors, isQuotaName } from './pod-resources.ts';

/** More than any amount. */
const INFINITE = 2n ** 127n;

const PAIRS = [
  ['BestEffort', 'NotBestEffort'],
  ['NotTerminating', 'Terminating'],
];
const SCOPES = [...PAIRS.flat(), 'PriorityClass', 'CrossNamespacePodAffinity', 'VolumeAttributesClass'];
const POD_AMOUNTS = ['pods', 'cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

/** Best-effort pods ask for nothing that could be added up; other scopes are about pods alone. */
function applies(scope: string, name: string): boolean {
  if (scope === 'BestEffort') return name === 'pods';
  if (['VolumeAttributesClass', 'CrossNamespacePodAffinity'].includes(scope)) return true;
  return (
    POD_AMOUNTS.includes(name) ||
    name.includes('/') ||
    name.endsWith('ephemeral-storage') ||
    name.includes('hugepages-')
  );
}

const hardErrors = (amounts: unknown, path: string): readonly FieldError[] =>
  Object.entries(asObject(amounts) ?? {}).flatMap(([name, amount]) => [
    ...quotaNameErrors(name, `${path}[${name}]`),
    ...amountErrors(name, amount, `${path}[${name}]`),
  ]);

function scopeErrors(spec: Draft): readonly FieldError[] {
  const scopes = asList(spec['scopes']).map(asText);
  const names = Object.keys(asObject(spec['hard']) ?? {})
    .filter((name) => isQuotaName(name))
    .sort();
  const refuse = (detail: string) => invalidValue('spec.scopes', scopes, detail);
  return [
    ...scopes.flatMap((scope) => [
      ...(SCOPES.includes(scope) ? [] : [refuse('unsupported scope')]),
      ...names.filter((name) => !applies(scope, name)).map(() => refuse('unsupported scope applied to resource')),
    ]),
    ...PAIRS.filter((pair) => pair.every((scope) => scopes.includes(scope))).map(() => refuse('conflicting scopes')),
  ];
}

function selectorErrors(spec: Draft): readonly FieldError[] {
  const path = 'spec.scopeSelector.matchExpressions';
  return objectsOf(at(spec, 'scopeSelector', 'matchExpressions')).flatMap((expression) => {
    const scope = asText(expression['scopeName']);
    const operator = asText(expression['operator']);
    const values = asList(expression['values']);
    const errors: FieldError[] = SCOPES.includes(scope)
      ? []
      : [invalidValue(`${path}.scopeName`, scope, 'unsupported scope')];
    if ([...PAIRS.flat(), 'CrossNamespacePodAffinity'].includes(scope) && operator !== 'Exists') {
      const detail =
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
      errors.push(invalidValue(`${path}.operator`, operator, detail));
    }
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(
          required(
            `${path}.values`,
            "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
          ),
        );
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (values.length > 0) errors.push(invalidValue(`${path}.values`, values, detail));
    } else errors.push(invalidValue(`${path}.operator`, operator, 'not a valid selector operator'));
    return errors;
  });
}

/** More to be asked for than may be used. */
function amountWarnings(object: Draft): readonly string[] {
  const hard = asObject(at(object, 'spec', 'hard')) ?? {};
  return ['cpu', 'memory', 'storage', 'ephemeral-storage'].flatMap((name) => {
    const plain = name === 'cpu' || name === 'memory' ? [name] : [];
    const request = [`requests.${name}`, ...plain].find((each) => hard[each] !== undefined);
    const limit = `limits.${name}`;
    if (request === undefined || (nanoOf(hard[request]) ?? 0n) <= (nanoOf(hard[limit]) ?? INFINITE)) return [];
    const [asked, most] = [asText(hard[request]), asText(hard[limit])];
    return [`ResourceQuota ${request} (${asked}) should be less than ${limit} (${most})`];
  });
}

export const RESOURCE_QUOTA: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  prepareForCreate: (draft) => {
    draft['status'] = {};
  },
  warnings: (object, old) => (old ? [] : amountWarnings(object)),
  validate: (object) => {
    const spec = asObject(object['spec']) ?? {};
    return [...hardErrors(spec['hard'], 'spec.hard'), ...scopeErrors(spec), ...selectorErrors(spec)];
  },
  validateUpdate: (object, old) => {
    const scopes = (holder: unknown) => [...new Set(asList(at(holder, 'spec', 'scopes')).map(asText))].sort();
    return equalJson(scopes(object), scopes(old))
      ? []
      : [
          invalidValue(
            'spec.scopes',
            at(object, 'spec', 'scopes') ?? shownEmpty(object['spec'], 'scopes'),
            'field is immutable',
          ),
        ];
  },
  validateStatusUpdate: (object) => [
    ...hardErrors(at(object, 'status', 'hard'), 'status.hard'),
    ...hardErrors(at(object, 'status', 'used'), 'status.used'),
  ],
};
