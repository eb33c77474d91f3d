/** NetworkPolicies: who may talk to whom, in the words of k8s.io/kubernetes/pkg/apis/networking/validation. */
import { isIn, parseRange } from '../../std/addresses.ts';
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import {
  asList,
  asNumber,
  asObject,
  asText,
  childOf,
  type Draft,
  isObject,
  objectsOf,
  setDefault,
} from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { rangeWarnings } from './address-warnings.ts';
import { addressRange, oneOf, portNameProblems, portNumber, textErrors } from './field-checks.ts';
import { labelSelectorErrors } from '../machinery/label-selector.ts';

const DIRECTIONS = [
  ['ingress', 'from'],
  ['egress', 'to'],
] as const;

function portErrors(port: Draft, path: string): readonly FieldError[] {
  const { port: number, endPort } = port;
  const last = asNumber(endPort);
  const endless = (why: string) => (last === undefined ? [] : [invalidValue(`${path}.endPort`, last, why)]);
  const errors: FieldError[] = [...oneOf(port['protocol'], `${path}.protocol`, ['TCP', 'UDP', 'SCTP'])];
  if (typeof number === 'number') {
    errors.push(...portNumber(number, `${path}.port`));
    // The real server shows the port where it means the last one.
    if (last !== undefined && last < number)
      errors.push(invalidValue(`${path}.endPort`, number, 'must be greater than or equal to `port`'));
    errors.push(...portNumber(last, `${path}.endPort`));
  } else if (typeof number === 'string') {
    errors.push(
      ...endless('may not be specified when `port` is non-numeric'),
      ...textErrors(number, `${path}.port`, portNameProblems),
    );
  } else errors.push(...endless('may not be specified when `port` is not specified'));
  return errors;
}

function isWithin(outer: string, inner: string): boolean {
  const [whole, part] = [parseRange(outer), parseRange(inner)];
  return whole !== undefined && part !== undefined && isIn(part.address, whole) && part.prefix > whole.prefix;
}

function blockErrors(block: Draft, path: string): readonly FieldError[] {
  const cidr = asText(block['cidr']);
  if (cidr === '') return [required(`${path}.cidr`)];
  const wrong = addressRange(cidr, `${path}.cidr`);
  if (wrong.length > 0) return wrong;
  return asList(block['except']).flatMap((value, index) => {
    const [field, except] = [`${path}.except[${index}]`, asText(value)];
    const unreadable = addressRange(except, field);
    if (unreadable.length > 0) return unreadable;
    return isWithin(cidr, except) ? [] : [invalidValue(field, except, 'must be a strict subset of `cidr`')];
  });
}

function peerErrors(peer: Draft, path: string): readonly FieldError[] {
  const selectors = ['podSelector', 'namespaceSelector'].filter((name) => isObject(peer[name]));
  const block = asObject(peer['ipBlock']);
  const errors: FieldError[] = selectors.flatMap((name) => labelSelectorErrors(peer[name], `${path}.${name}`));
  if (block) errors.push(...blockErrors(block, `${path}.ipBlock`));
  if (selectors.length === 0 && !block) errors.push(required(path, 'must specify a peer'));
  else if (selectors.length > 0 && block)
    errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
  return errors;
}

function validate(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const types = asList(spec['policyTypes']);
  const errors: FieldError[] = [...labelSelectorErrors(spec['podSelector'], 'spec.podSelector')];
  for (const [direction, peers] of DIRECTIONS)
    for (const [index, rule] of objectsOf(spec[direction]).entries()) {
      const path = `spec.${direction}[${index}]`;
      errors.push(...objectsOf(rule['ports']).flatMap((port, place) => portErrors(port, `${path}.ports[${place}]`)));
      errors.push(...objectsOf(rule[peers]).flatMap((peer, place) => peerErrors(peer, `${path}.${peers}[${place}]`)));
    }
  if (types.length > 2)
    return [...errors, invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  return [
    ...errors,
    ...types.flatMap((type, index) => oneOf(type, `spec.policyTypes[${index}]`, ['Ingress', 'Egress'])),
  ];
}

export const NETWORK_POLICY: Strategy = {
  generation: true,
  applyDefaults: (draft) => {
    const spec = childOf(draft, 'spec');
    for (const [direction] of DIRECTIONS)
      for (const rule of objectsOf(spec[direction]))
        for (const port of objectsOf(rule['ports'])) setDefault(port, 'protocol', 'TCP');
    if (asList(spec['policyTypes']).length === 0)
      spec['policyTypes'] = asList(spec['egress']).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate,
  warnings: (object) =>
    DIRECTIONS.flatMap(([direction, peers]) =>
      objectsOf(childOf(object, 'spec')[direction]).flatMap((rule, index) =>
        objectsOf(rule[peers]).flatMap((peer, place) => {
          const block = asObject(peer['ipBlock']);
          const field = `spec.${direction}[${index}].${peers}[${place}].ipBlock`;
          if (!block) return [];
          return [
            ...rangeWarnings(asText(block['cidr']), `${field}.cidr`),
            ...asList(block['except']).flatMap((range, each) =>
              rangeWarnings(asText(range), `${field}.except[${each}]`),
            ),
          ];
        }),
      ),
    ),
};
