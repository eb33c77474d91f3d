/**
 * FlowSchemas and PriorityLevelConfigurations. After k8s.io/kubernetes/pkg/apis/flowcontrol/{v1,validation}. Requests
 * are not limited here, so that the levels that a server makes for itself are not there either.
 */
import { dnsLabelProblems, dnsSubdomainProblems } from '../../std/names.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../machinery/field-errors.ts';
import { asList, asNumber, asObject, asText, at, childOf, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { internalForm } from '../schema/internal-form.ts';
import { setDefaults, within } from './defaults.ts';
import { oneOf, textErrors } from './field-checks.ts';

const EXEMPT = 'exempt';
const MOST_PRECEDENCE = 10_000;
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

const SUBJECTS: Readonly<Record<string, string>> = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' };

function subjectErrors(subject: Draft, path: string): readonly FieldError[] {
  const kind = asText(subject['kind']);
  const own = SUBJECTS[kind];
  if (own === undefined) return oneOf(kind, `${path}.kind`, ['Group', 'ServiceAccount', 'User']);
  const [holder, field] = [subject[own], `${path}.${own}`];
  const others = Object.entries(SUBJECTS)
    .filter(([, name]) => name !== own && subject[name] !== undefined)
    .map(([title, name]) =>
      forbiddenField(`${path}.${name}`, `${name} is forbidden when subject kind is not '${title}'`),
    );
  if (!isObject(holder)) return [required(field, `${own} is required when subject kind is '${kind}'`), ...others];
  const [name, namespace] = [asText(holder['name']), asText(holder['namespace'])];
  const errors: FieldError[] = name === '' ? [required(`${field}.name`)] : [];
  if (kind === 'ServiceAccount') {
    if (name !== '' && name !== '*') errors.push(...textErrors(name, `${field}.name`, dnsSubdomainProblems));
    if (namespace === '') errors.push(required(`${field}.namespace`, 'must specify namespace for service account'));
    else errors.push(...textErrors(namespace, `${field}.namespace`, dnsLabelProblems));
  }
  return [...errors, ...others];
}

/** A list that is not empty, in which a star stands alone. */
function starredErrors(list: unknown, field: string, words: { readonly none: string; readonly others: string }) {
  const values = asList(list).map(asText);
  if (values.length === 0) return [required(field, words.none)];
  const shared = values.length > 1 && values.includes('*');
  return shared ? [invalidValue(field, values, `if '*' is present, must not specify other ${words.others}`)] : [];
}

function verbErrors(rule: Draft, path: string): readonly FieldError[] {
  const field = `${path}.verbs`;
  const verbs = asList(rule['verbs']).map(asText);
  const errors = starredErrors(verbs, field, { none: 'verbs must contain at least one value', others: 'verbs' });
  if (errors.length > 0 || verbs.includes('*') || verbs.every((verb) => VERBS.includes(verb))) return errors;
  return [{ ...notSupported(field, '', VERBS), badValue: verbs }];
}

function resourceRuleErrors(rule: Draft, path: string): readonly FieldError[] {
  const namespaces = asList(rule['namespaces']).map(asText);
  const missing = 'resource rules that are not cluster scoped must supply at least one namespace';
  const field = `${path}.namespaces`;
  const placed =
    namespaces.length === 0 && rule['clusterScope'] === true
      ? []
      : starredErrors(namespaces, field, { none: missing, others: 'namespaces' });
  const named = namespaces.includes('*')
    ? []
    : namespaces.flatMap((name, index) =>
        dnsLabelProblems(name).map((problem) =>
          invalidValue(
            `${field}[${index}]`,
            name,
            `each member of this list must be '*' or a DNS-1123 label; ${problem}`,
          ),
        ),
      );
  const supply = (what: string) => `resource rules must supply at least one ${what}`;
  return [
    ...verbErrors(rule, path),
    ...starredErrors(rule['apiGroups'], `${path}.apiGroups`, { none: supply('api group'), others: 'api groups' }),
    ...starredErrors(rule['resources'], `${path}.resources`, { none: supply('resource'), others: 'resources' }),
    ...placed,
    ...named,
  ];
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const stars = url.split('*').length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}

function urlRuleErrors(rule: Draft, path: string): readonly FieldError[] {
  const field = `${path}.nonResourceURLs`;
  const urls = asList(rule['nonResourceURLs']).map(asText);
  const words = { none: 'nonResourceURLs must contain at least one value', others: 'non-resource URLs' };
  const each = urls.includes('*')
    ? []
    : urls.flatMap((url, index) => {
        const problem = urlProblem(url);
        return problem === undefined ? [] : [invalidValue(`${field}[${index}]`, url, problem)];
      });
  return [...verbErrors(rule, path), ...starredErrors(urls, field, words), ...each];
}

function ruleErrors(rule: Draft, path: string): readonly FieldError[] {
  const [subjects, resources, urls] = ['subjects', 'resourceRules', 'nonResourceRules'].map((name) =>
    objectsOf(rule[name]),
  );
  const errors: FieldError[] = (subjects ?? []).flatMap((subject, index) =>
    subjectErrors(subject, `${path}.subjects[${index}]`),
  );
  if (subjects?.length === 0) errors.push(required(`${path}.subjects`, 'subjects must contain at least one value'));
  if (resources?.length === 0 && urls?.length === 0)
    errors.push(required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  return [
    ...errors,
    ...(resources ?? []).flatMap((each, index) => resourceRuleErrors(each, `${path}.resourceRules[${index}]`)),
    ...(urls ?? []).flatMap((each, index) => urlRuleErrors(each, `${path}.nonResourceRules[${index}]`)),
  ];
}

function precedenceErrors(precedence: number, name: string): readonly FieldError[] {
  const refused = (detail: string) => [invalidValue('spec.matchingPrecedence', precedence, detail)];
  if (precedence <= 0) return refused('must be a positive value');
  if (precedence > MOST_PRECEDENCE) return refused(`must not be greater than ${MOST_PRECEDENCE}`);
  return precedence === 1 && name !== EXEMPT
    ? refused("only the schema named 'exempt' may have matchingPrecedence 1")
    : [];
}

function schemaErrors(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const method = spec['distinguisherMethod'];
  const level = asText(at(spec, 'priorityLevelConfiguration', 'name'));
  const levelField = 'spec.priorityLevelConfiguration.name';
  const known = !isObject(method) || ['ByNamespace', 'ByUser'].includes(asText(method['type']));
  return [
    ...precedenceErrors(asNumber(spec['matchingPrecedence']) ?? 0, asText(at(object, 'metadata', 'name'))),
    ...(known
      ? []
      : [
          {
            ...notSupported('spec.distinguisherMethod.type', '', ['ByNamespace', 'ByUser']),
            badValue: internalForm('flowcontrol/v1.FlowDistinguisherMethod', method),
          },
        ]),
    ...(level === ''
      ? [required(levelField, 'must reference a priority level')]
      : textErrors(level, levelField, dnsSubdomainProblems)),
    ...objectsOf(spec['rules']).flatMap((rule, index) => ruleErrors(rule, `spec.rules[${index}]`)),
    ...conditionErrors(object),
  ];
}

function conditionErrors(object: Draft): readonly FieldError[] {
  const types = new Set<string>();
  return objectsOf(at(object, 'status', 'conditions')).flatMap((condition, index) => {
    const [field, type] = [`status.conditions[${index}].type`, asText(condition['type'])];
    const errors: FieldError[] = types.has(type) ? [duplicate(field, type)] : [];
    types.add(type);
    return type === '' ? [...errors, required(field)] : errors;
  });
}

const emptyStatus = (draft: Draft): void => {
  draft['status'] = {};
};

const shared: Strategy = {
  statusSeparate: true,
  prepareForCreate: emptyStatus,
  validateStatusUpdate: conditionErrors,
};

export const FLOW_SCHEMA: Strategy = {
  ...shared,
  applyDefaults: (draft) => {
    const spec = childOf(draft, 'spec');
    if ((spec['matchingPrecedence'] ?? 0) === 0) spec['matchingPrecedence'] = 1000;
  },
  validate: schemaErrors,
};

const MOST_QUEUES = 10_000_000;
/** Bits of the hash that deals a hand of queues. */
const MOST_BITS = 60;

/** Of k8s.io/apiserver/pkg/util/shufflesharding. */
const dealBits = (deck: number, hand: number): number => Math.ceil(Math.log2(deck) * hand);

function queuingErrors(queuing: Draft, path: string): readonly FieldError[] {
  const [length, queues, hand] = ['queueLengthLimit', 'queues', 'handSize'].map((name) => asNumber(queuing[name]) ?? 0);
  const [deck, dealt] = [queues ?? 0, hand ?? 0];
  const errors: FieldError[] = [];
  const refuse = (name: string, value: number, detail: string) =>
    errors.push(invalidValue(`${path}.${name}`, value, detail));
  if ((length ?? 0) <= 0) refuse('queueLengthLimit', length ?? 0, 'must be positive');
  if (deck <= 0) refuse('queues', deck, 'must be positive');
  else if (deck > MOST_QUEUES) refuse('queues', deck, `must not be greater than ${MOST_QUEUES}`);
  if (dealt <= 0) refuse('handSize', dealt, 'must be positive');
  else if (dealt > deck) refuse('handSize', dealt, `should not be greater than queues (${deck})`);
  else if (dealBits(deck, dealt) > MOST_BITS) {
    const detail = `required entropy bits of deckSize ${deck} and handSize ${dealt} should not be greater than ${MOST_BITS}`;
    refuse('handSize', dealt, detail);
  }
  return errors;
}

function responseErrors(response: Draft, path: string): readonly FieldError[] {
  const { type, queuing } = response;
  if (type === 'Reject')
    return queuing === undefined
      ? []
      : [forbiddenField(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited')];
  if (type !== 'Queue') return oneOf(type, `${path}.type`, ['Queue', 'Reject']);
  return isObject(queuing)
    ? queuingErrors(queuing, `${path}.queuing`)
    : [required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')];
}

function shareErrors(holder: Draft, path: string): readonly FieldError[] {
  const [shares, lendable] = [asNumber(holder['nominalConcurrencyShares']), asNumber(holder['lendablePercent'])];
  const errors: FieldError[] = [];
  if (shares !== undefined && shares < 0)
    errors.push(invalidValue(`${path}.nominalConcurrencyShares`, shares, 'must be a non-negative integer'));
  if (isObject(holder['limitResponse']))
    errors.push(...responseErrors(holder['limitResponse'], `${path}.limitResponse`));
  if (lendable !== undefined && (lendable < 0 || lendable > 100))
    errors.push(invalidValue(`${path}.lendablePercent`, lendable, 'must be between 0 and 100, inclusive'));
  const borrowed = asNumber(holder['borrowingLimitPercent']);
  if (borrowed !== undefined && borrowed < 0)
    errors.push(
      invalidValue(`${path}.borrowingLimitPercent`, borrowed, 'if specified, must be a non-negative integer'),
    );
  return errors;
}

function levelErrors(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const { type, limited, exempt } = spec;
  const errors: FieldError[] = [];
  if ((asText(at(object, 'metadata', 'name')) === EXEMPT) !== (type === 'Exempt'))
    errors.push(invalidValue('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'"));
  if (type === 'Exempt') {
    if (limited !== undefined) errors.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'));
    if (isObject(exempt)) errors.push(...shareErrors(exempt, 'spec.exempt'));
  } else if (type === 'Limited') {
    if (exempt !== undefined) errors.push(forbiddenField('spec.exempt', 'must be nil if the type is Limited'));
    if (isObject(limited)) errors.push(...shareErrors({ limitResponse: {}, ...limited }, 'spec.limited'));
    else errors.push(required('spec.limited', 'must not be empty when type is Limited'));
  } else errors.push(...oneOf(type, 'spec.type', ['Exempt', 'Limited']));
  return [...errors, ...conditionErrors(object)];
}

const zeroDefaults = (target: Draft, values: Readonly<Record<string, number>>): void => {
  for (const [name, value] of Object.entries(values)) if ((target[name] ?? 0) === 0) target[name] = value;
};

export const PRIORITY_LEVEL: Strategy = {
  ...shared,
  applyDefaults: (draft) => {
    const spec = asObject(draft['spec']);
    within(spec, 'exempt', (exempt) => setDefaults(exempt, { nominalConcurrencyShares: 0, lendablePercent: 0 }));
    within(spec, 'limited', (limited) => {
      setDefaults(limited, { nominalConcurrencyShares: 30, lendablePercent: 0 });
      within(asObject(limited['limitResponse']), 'queuing', (queuing) =>
        zeroDefaults(queuing, { handSize: 8, queues: 64, queueLengthLimit: 50 }),
      );
    });
  },
  validate: levelErrors,
};
