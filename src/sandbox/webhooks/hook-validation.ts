/**
 * What webhook configurations must look like, in the order in which the server tells it:
 * pkg/apis/admissionregistration/validation of k8s.io/kubernetes.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { compilePolicy } from '../access/compiled-policy.ts';
import { conditionErrors, ruleErrors, selectorErrors } from '../access/policy-validation.ts';
import { duplicate, type FieldError, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import { asList, asNumber, asObject, asText, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { dns1035LabelProblems, dnsSubdomainProblems } from '../../std/names.ts';
import { clientConfigErrors } from '../outside/url-validation.ts';

export type HookKind = 'mutating' | 'validating';

const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const NO_SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];

/** What objects that were stored before a rule came may keep. */
interface Leniency {
  readonly conditions: 'checked' | 'unchanged';
  readonly sideEffects: readonly string[];
  readonly versions: 'known one needed' | 'any';
  readonly names: 'unique' | 'repeated';
}

const hasKnownVersion = (hook: Draft): boolean =>
  asList(hook['admissionReviewVersions']).some((version) => REVIEW_VERSIONS.includes(asText(version)));

function leniencyFor(hooks: readonly Draft[], old: KubeObject | undefined): Leniency {
  if (!old)
    return { conditions: 'checked', sideEffects: NO_SIDE_EFFECTS, versions: 'known one needed', names: 'unique' };
  const before = objectsOf(old['webhooks']);
  const names = before.map((hook) => asText(hook['name']));
  const same =
    hooks.length === before.length &&
    before.every((hook, index) => equalJson(hook['matchConditions'], hooks[index]?.['matchConditions']));
  return {
    conditions: same ? 'unchanged' : 'checked',
    sideEffects: before.every((hook) => NO_SIDE_EFFECTS.includes(asText(hook['sideEffects'])))
      ? NO_SIDE_EFFECTS
      : SIDE_EFFECTS,
    versions: before.every((hook) => asList(hook['admissionReviewVersions']).length === 0 || hasKnownVersion(hook))
      ? 'known one needed'
      : 'any',
    names: new Set(names).size === names.length ? 'unique' : 'repeated',
  };
}

export const configurationErrors =
  (kind: HookKind) =>
  (object: Draft, old?: KubeObject): FieldError[] => {
    const hooks = objectsOf(object['webhooks']);
    const leniency = leniencyFor(hooks, old);
    const errors: FieldError[] = [];
    const names = new Set<string>();
    for (const [index, hook] of hooks.entries()) {
      const path = `webhooks[${index}]`;
      errors.push(...hookErrors(hook, { kind, path, leniency }));
      errors.push(...versionErrors(hook, `${path}.admissionReviewVersions`, leniency.versions));
      const name = asText(hook['name']);
      if (leniency.names === 'unique' && names.has(name) && name !== '') errors.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
    return errors;
  };

interface Checked {
  readonly kind: HookKind;
  readonly path: string;
  readonly leniency: Leniency;
}

function hookErrors(hook: Draft, { kind, path, leniency }: Checked): readonly FieldError[] {
  const { sideEffects } = leniency;
  const timeout = asNumber(hook['timeoutSeconds']);
  const effects = hook['sideEffects'] ?? undefined;
  const selector = (name: string) => selectorErrors(asObject(hook[name]) ?? {}, `${path}.${name}`);
  return [
    ...nameErrors(asText(hook['name']), `${path}.name`),
    ...objectsOf(hook['rules']).flatMap((rule, index) => ruleErrors(rule, `${path}.rules[${index}]`)),
    ...supported(hook['failurePolicy'], `${path}.failurePolicy`, ['Fail', 'Ignore']),
    ...supported(hook['matchPolicy'], `${path}.matchPolicy`, ['Equivalent', 'Exact']),
    ...(effects === undefined
      ? [required(`${path}.sideEffects`, `must specify one of ${sideEffects.join(', ')}`)]
      : supported(effects, `${path}.sideEffects`, sideEffects)),
    ...(timeout !== undefined && (timeout > 30 || timeout < 1)
      ? [invalidValue(`${path}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds')]
      : []),
    ...selector('namespaceSelector'),
    ...selector('objectSelector'),
    ...(kind === 'mutating'
      ? supported(hook['reinvocationPolicy'], `${path}.reinvocationPolicy`, ['IfNeeded', 'Never'])
      : []),
    ...clientConfigErrors(asObject(hook['clientConfig']) ?? {}, `${path}.clientConfig`),
    ...(leniency.conditions === 'checked' ? matchConditionErrors(hook, path) : []),
  ];
}

const supported = (value: unknown, path: string, values: readonly string[]): readonly FieldError[] =>
  value === undefined || value === null || values.includes(asText(value)) ? [] : [notSupported(path, value, values)];

/** IsFullyQualifiedName of apimachinery's util/validation. */
function nameErrors(name: string, path: string): readonly FieldError[] {
  if (name === '') return [required(path)];
  const problems = dnsSubdomainProblems(name);
  if (problems.length > 0) return [invalidValue(path, name, problems.join(','))];
  return name.split('.').length < 3
    ? [invalidValue(path, name, 'should be a domain with at least three segments separated by dots')]
    : [];
}

function versionErrors(hook: Draft, path: string, wanted: Leniency['versions']): readonly FieldError[] {
  const versions = asList(hook['admissionReviewVersions']).map(asText);
  const known = REVIEW_VERSIONS.join(', ');
  if (versions.length === 0) return [required(path, `must specify one of ${known}`)];
  const errors = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [invalidValue(`${path}[${index}]`, version, 'duplicate version')]
      : dns1035LabelProblems(version).map((problem) => invalidValue(`${path}[${index}]`, version, problem)),
  );
  if (wanted === 'known one needed' && !hasKnownVersion(hook))
    errors.push(invalidValue(path, versions, `must include at least one of ${known}`));
  return errors;
}

function matchConditionErrors(hook: Draft, path: string): readonly FieldError[] {
  const conditions = objectsOf(hook['matchConditions']);
  if (conditions.length === 0) return [];
  const compiled = compilePolicy({ spec: { matchConditions: hook['matchConditions'] } });
  const problems = new Map(compiled.problems.map(({ field, ...problem }) => [field.replace(/^spec/, path), problem]));
  return conditionErrors(conditions, `${path}.matchConditions`, (field, text, missing) => {
    if (text.trim() === '') return [required(field, missing)];
    const problem = problems.get(field);
    return problem ? [invalidValue(field, problem.expression, problem.detail)] : [];
  });
}
