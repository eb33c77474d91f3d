/**
 * Names and lists that the kinds of dynamic resource allocation share, in the words of
 * k8s.io/kubernetes/pkg/apis/resource/validation.
 */
import { dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import { duplicate, type FieldError, invalidValue, required, tooLong, tooMany } from '../machinery/field-errors.ts';
import { shownEmpty } from '../machinery/given-empties.ts';
import { asList, asObject, asText, type Draft, objectsOf } from '../machinery/json.ts';
import { driverNameErrors, textErrors } from './field-checks.ts';

const MOST_POOL_BYTES = 253;
const MOST_ID_BYTES = 32;
const MOST_DOMAIN_BYTES = 63;
/** A key is shown shortened where it is longer than a domain, a slash and an identifier. */
export const MOST_KEY_SHOWN = MOST_DOMAIN_BYTES + 1 + MOST_ID_BYTES;

/** Subdomains with slashes between them. */
export function poolNameErrors(name: string, field: string): readonly FieldError[] {
  if (name === '') return [required(field)];
  return [
    ...(Buffer.byteLength(name) > MOST_POOL_BYTES ? [tooLong(field, MOST_POOL_BYTES)] : []),
    ...name.split('/').flatMap((part) => textErrors(part, field, dnsSubdomainProblems)),
  ];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** As github.com/google/uuid reads one, which takes more forms than the server does. */
function uuidProblem(text: string): string | undefined {
  const [bytes, format] = [Buffer.byteLength(text), 'invalid UUID format'];
  const plain = { 32: text, 36: text, 38: text.slice(1, -1), 45: text.slice(9) }[bytes];
  if (plain === undefined) return `invalid UUID length: ${bytes}`;
  if (bytes === 45 && text.slice(0, 9).toLowerCase() !== 'urn:uuid:')
    return `invalid urn prefix: ${JSON.stringify(text.slice(0, 9))}`;
  if (bytes === 38 && !(text.startsWith('{') && text.endsWith('}'))) return 'invalid bracketed UUID format';
  const reads = bytes === 32 ? /^[0-9a-f]{32}$/i.test(plain) : UUID.test(plain);
  return reads ? undefined : format;
}

export function uidErrors(uid: unknown, field: string): readonly FieldError[] {
  if (typeof uid !== 'string') return [];
  const problem = uuidProblem(uid);
  if (problem !== undefined) return [invalidValue(field, uid, `error validating uid: ${problem}`)];
  if (uid.length === 36 && uid === uid.toLowerCase()) return [];
  return [
    invalidValue(
      field,
      uid,
      'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
    ),
  ];
}

const IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const IDENTIFIER_TEXT = `a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '${IDENTIFIER}')`;

const identifierErrors = (id: string, field: string): readonly FieldError[] => [
  ...(Buffer.byteLength(id) > MOST_ID_BYTES ? [tooLong(field, MOST_ID_BYTES)] : []),
  ...(new RegExp(`^${IDENTIFIER}$`).test(id) ? [] : [invalidValue(field, id, IDENTIFIER_TEXT)]),
];

/** `domain/identifier`, or the identifier alone. The server does not look at names with two slashes. */
export function attributeNameErrors(name: string, field: string): readonly FieldError[] {
  const [domain = '', id, ...more] = name.split('/');
  if (id === undefined) return identifierErrors(domain, field);
  if (more.length > 0) return [];
  return [
    ...(domain === '' ? [invalidValue(field, '', 'the domain must not be empty')] : driverNameErrors(domain, field)),
    ...(id === '' ? [invalidValue(field, '', 'the name must not be empty')] : identifierErrors(id, field)),
  ];
}

export const fullAttributeNameErrors = (name: string, field: string): readonly FieldError[] => [
  ...attributeNameErrors(name, field),
  ...(name.includes('/')
    ? []
    : [invalidValue(field, name, 'a fully qualified name must be a domain and a name separated by a slash')]),
];

interface ListRules<Item> {
  readonly field: string;
  readonly most?: number;
  readonly each: (item: Item, field: string) => readonly FieldError[];
  /** What may stand in the list once. */
  readonly key?: (item: Item) => unknown;
}

function listErrors<Item>(items: readonly Item[], { field, most, each, key }: ListRules<Item>): readonly FieldError[] {
  // A list that is too long is not looked into.
  if (most !== undefined && items.length > most) return [tooMany(field, items.length, most)];
  const errors = items.flatMap((item, index) => each(item, `${field}[${index}]`));
  const seen = new Set<string>();
  const twice = items.flatMap((item, index) => {
    if (key === undefined) return [];
    const shown = key(item);
    const text = JSON.stringify(shown);
    if (seen.has(text)) return [duplicate(`${field}[${index}]`, shown)];
    seen.add(text);
    return [];
  });
  return [...errors, ...twice];
}

export const objectListErrors = (list: unknown, rules: ListRules<Draft>): readonly FieldError[] =>
  listErrors(objectsOf(list), rules);

export const textListErrors = (list: unknown, rules: ListRules<string>): readonly FieldError[] =>
  listErrors(asList(list).map(asText), rules);

const LEAST_SHOWN = 16;

/** What a path shows of a key that may be of any length. */
function shortened(key: string, most: number): string {
  const room = Math.max(most, LEAST_SHOWN);
  if (key.length <= room) return key;
  const rest = room - '...'.length;
  return `${key.slice(0, Math.floor((rest + 1) / 2))}...${key.slice(key.length - Math.floor(rest / 2))}`;
}

interface MapRules {
  readonly field: string;
  readonly most?: number;
  readonly mostShown: number;
  readonly keyErrors: (key: string, field: string) => readonly FieldError[];
  readonly each?: (item: Draft, field: string) => readonly FieldError[];
}

export function mapErrors(map: unknown, rules: MapRules): readonly FieldError[] {
  const { field, most, mostShown, keyErrors, each } = rules;
  const entries = Object.entries(asObject(map) ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (most !== undefined && entries.length > most) return [tooMany(field, entries.length, most)];
  return entries.flatMap(([key, item]) => [
    ...keyErrors(key, field),
    ...(each?.(asObject(item) ?? {}, `${field}[${shortened(key, mostShown)}]`) ?? []),
  ]);
}

const MOST_CONDITIONS = 4;

/** Conditions that a device waits for when it is bound. */
export function bindingErrors(holder: Draft, path: string): readonly FieldError[] {
  const [wanted, failing] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`];
  const rules = {
    most: MOST_CONDITIONS,
    each: (name: string, field: string) => textErrors(name, field, qualifiedNameProblems),
  };
  const [conditions, failures] = ['bindingConditions', 'bindingFailureConditions'].map(
    (name) => holder[name] ?? shownEmpty(holder, name),
  );
  const [given, bad] = [asList(conditions).map(asText), asList(failures).map(asText)];
  const repeated = (names: readonly string[], field: string, index: number) =>
    names.indexOf(names[index] ?? '') < index ? [duplicate(`${field}[${index}]`, names[index])] : [];
  const needs = (field: string, names: unknown, detail: string) => [invalidValue(field, names, detail)];
  return [
    ...textListErrors(conditions, { ...rules, field: wanted }),
    ...textListErrors(failures, { ...rules, field: failing }),
    ...given.flatMap((_, index) => repeated(given, wanted, index)),
    ...bad.flatMap((name, index) => [
      ...repeated(bad, failing, index),
      ...(given.includes(name)
        ? [
            invalidValue(
              `${failing}[${index}]`,
              name,
              'bindingFailureConditions must not overlap with bindingConditions',
            ),
          ]
        : []),
    ]),
    ...(given.length === 0 && bad.length > 0
      ? needs(wanted, conditions, 'bindingConditions are required to use bindingFailureConditions')
      : []),
    ...(bad.length === 0 && given.length > 0
      ? needs(failing, failures, 'bindingFailureConditions are required to use bindingConditions')
      : []),
  ];
}
