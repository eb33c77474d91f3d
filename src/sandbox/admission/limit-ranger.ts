/**
 * LimitRanger: what a namespace's LimitRanges fill into new pods, and what they refuse of pods and claims. After
 * k8s.io/kubernetes/plugin/pkg/admission/limitranger.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { formatQuantity, parseQuantity, quantityNumber } from '../../std/quantity.ts';
import { joined, notAdmitted } from '../machinery/admission-errors.ts';
import { asObject, asText, at, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import type { AdmissionAttributes, AdmissionPlugin, Machinery } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import { podAmounts } from './quota-usage.ts';

const NOTE = 'kubernetes.io/limit-ranger';

const rangesOf = (machinery: Machinery, namespace: string): readonly KubeObject[] =>
  [...machinery.store.collection('limitranges').scan(`${namespace}/`)].map(([, range]) => range);
const limitsOf = (range: KubeObject): readonly Draft[] => objectsOf(at(range, 'spec', 'limits'));

type Concern = 'pod' | 'new pod' | 'claim' | undefined;

function concernOf({ type, operation, subresource, old }: AdmissionAttributes): Concern {
  // What is going is not held up by limits that came after it.
  if (operation === 'UPDATE' && old?.metadata.deletionTimestamp !== undefined) return undefined;
  if (type.group !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
  if (type.resource === 'persistentvolumeclaims') return subresource === '' ? 'claim' : undefined;
  if (type.resource !== 'pods') return undefined;
  if (subresource === 'resize') return operation === 'UPDATE' ? 'pod' : undefined;
  return subresource === '' && operation === 'CREATE' ? 'new pod' : undefined;
}

/** The names of what was set. */
function fillIn(resources: Draft, list: 'requests' | 'limits', amounts: Draft): readonly string[] {
  const given = asObject(resources[list]) ?? {};
  const missing = Object.keys(amounts).filter((name) => given[name] === undefined);
  if (missing.length > 0)
    resources[list] = { ...given, ...Object.fromEntries(missing.map((name) => [name, amounts[name]])) };
  return missing;
}

/** Defaults of one LimitRange for all its containers. */
function defaultsOf(range: KubeObject): { readonly requests: Draft; readonly limits: Draft } {
  const [requests, limits]: readonly [Draft, Draft] = [{}, {}];
  for (const limit of limitsOf(range)) {
    if (limit['type'] !== 'Container') continue;
    Object.assign(requests, asObject(limit['defaultRequest']));
    Object.assign(limits, asObject(limit['default']));
  }
  return { requests, limits };
}

function fillContainers(
  containers: readonly Draft[],
  defaults: ReturnType<typeof defaultsOf>,
  title: string,
): readonly string[] {
  return containers.flatMap((container) => {
    const resources = childOf(container, 'resources');
    const limits = fillIn(resources, 'limits', defaults.limits);
    const requests = fillIn(resources, 'requests', defaults.requests);
    const told = (names: readonly string[], what: string) =>
      names.length === 0 ? [] : [`${[...names].sort().join(', ')} ${what} for ${title} ${asText(container['name'])}`];
    return [...told(requests, 'request'), ...told(limits, 'limit')];
  });
}

type Amounts = ReadonlyMap<string, string>;

const nano = (text: string): bigint => parseQuantity(text)?.nano ?? 0n;
const amountsOf = (list: unknown): Amounts =>
  new Map(Object.entries(asObject(list) ?? {}).map(([name, amount]) => [name, asText(amount)]));

interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

function minProblem(
  head: string,
  least: string,
  [request, limit]: readonly (string | undefined)[],
): string | undefined {
  if (request === undefined) return `${head}.  No request is specified`;
  if (nano(request) < nano(least)) return `${head}, but request is ${request}`;
  return limit !== undefined && nano(limit) < nano(least) ? `${head}, but limit is ${limit}` : undefined;
}

function maxProblem(head: string, most: string, [request, limit]: readonly (string | undefined)[]): string | undefined {
  if (limit === undefined) return `${head}.  No limit is specified`;
  if (nano(limit) > nano(most)) return `${head}, but limit is ${limit}`;
  return request !== undefined && nano(request) > nano(most) ? `${head}, but request is ${request}` : undefined;
}

function ratioProblem(
  head: string,
  most: string,
  [request, limit]: readonly (string | undefined)[],
): string | undefined {
  const number = (text: string | undefined) => {
    const quantity = parseQuantity(text ?? '0');
    return quantity ? quantityNumber(quantity) : 0;
  };
  if (number(request) === 0) return `${head}, but no request is specified or request is 0`;
  if (number(limit) === 0) return `${head}, but no limit is specified or limit is 0`;
  const ratio = number(limit) / number(request);
  return ratio > number(most) ? `${head}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

/** What a limit says of the amounts of one container, of a whole pod, or of a claim. */
function problemsOf(limit: Draft, { requests, limits }: Asked): readonly string[] {
  const kind = asText(limit['type']);
  const each = (list: string, problem: (name: string, bound: string) => string | undefined) =>
    [...amountsOf(limit[list])].flatMap(([name, bound]) => problem(name, bound) ?? []);
  const asked = (name: string) => [requests.get(name), limits.get(name)];
  return [
    ...each('min', (name, bound) => minProblem(`minimum ${name} usage per ${kind} is ${bound}`, bound, asked(name))),
    ...each('max', (name, bound) => maxProblem(`maximum ${name} usage per ${kind} is ${bound}`, bound, asked(name))),
    ...each('maxLimitRequestRatio', (name, bound) =>
      ratioProblem(`${name} max limit to request ratio per ${kind} is ${bound}`, bound, asked(name)),
    ),
  ];
}

function claimProblems(limit: Draft, claim: unknown): readonly string[] {
  const requests = amountsOf(at(claim, 'spec', 'resources', 'requests'));
  const kind = 'PersistentVolumeClaim';
  const least = [...amountsOf(limit['min'])].flatMap(
    ([name, bound]) => minProblem(`minimum ${name} usage per ${kind} is ${bound}`, bound, [requests.get(name)]) ?? [],
  );
  const most = [...amountsOf(limit['max'])].flatMap(([name, bound]) => {
    const head = `maximum ${name} usage per ${kind} is ${bound}`;
    const request = requests.get(name);
    if (request === undefined) return [`${head}.  No request is specified`];
    return nano(request) > nano(bound) ? [`${head}, but request is ${request}`] : [];
  });
  return [...least, ...most];
}

function podProblems(limit: Draft, pod: unknown): readonly string[] {
  if (limit['type'] === 'Container')
    return ['containers', 'initContainers']
      .flatMap((list) => objectsOf(at(pod, 'spec', list)))
      .flatMap(({ resources }) =>
        problemsOf(limit, {
          requests: amountsOf(at(resources, 'requests')),
          limits: amountsOf(at(resources, 'limits')),
        }),
      );
  if (limit['type'] !== 'Pod') return [];
  const whole = (list: 'requests' | 'limits'): Amounts =>
    new Map([...podAmounts(at(pod, 'spec'), list)].map(([name, quantity]) => [name, formatQuantity(quantity)]));
  return problemsOf(limit, { requests: whole('requests'), limits: whole('limits') });
}

export const limitRanger: AdmissionPlugin = {
  admit: (attributes, machinery) => {
    const { object, namespace } = attributes;
    if (!object || concernOf(attributes) !== 'new pod') return;
    const spec = childOf(object, 'spec');
    for (const range of rangesOf(machinery, namespace)) {
      const defaults = defaultsOf(range);
      const told = [
        ...fillContainers(objectsOf(spec['containers']), defaults, 'container'),
        ...fillContainers(objectsOf(spec['initContainers']), defaults, 'init container'),
      ];
      if (told.length > 0) childOf(metaOf(object), 'annotations')[NOTE] = `LimitRanger plugin set: ${told.join('; ')}`;
    }
  },
  validate: (attributes, machinery) => {
    const { object, namespace } = attributes;
    const concern = object && concernOf(attributes);
    if (concern === undefined) return;
    for (const range of rangesOf(machinery, namespace)) {
      const problems = limitsOf(range).flatMap((limit) => {
        if (concern !== 'claim') return podProblems(limit, object);
        return limit['type'] === 'PersistentVolumeClaim' ? claimProblems(limit, object) : [];
      });
      if (problems.length > 0) throw notAdmitted(attributes, joined(problems));
    }
  },
};
