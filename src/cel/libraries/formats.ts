/**
 * Named formats: `format.dns1123Label().validate(x)`.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library
 */
import { noSuchOverload } from '../errors.ts';
import { type Declaration, declare, str } from '../functions.ts';
import { isBase64, isDate, isDateTime, isUuid } from '../string-formats.ts';
import {
  dns1035LabelProblems,
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from '../../std/names.ts';
import { parseRequestUrl } from '../../std/request-url.ts';
import { Opaque, Optional, type Value } from '../values.ts';

type Validate = (text: string) => readonly string[];

class NamedFormat extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly validate: Validate;
  constructor(name: string, validate: Validate) {
    super();
    this.name = name;
    this.validate = validate;
  }
  equals(other: Opaque): boolean {
    return other instanceof NamedFormat && other.name === this.name;
  }
}

const unless =
  (holds: (text: string) => boolean, message: string): Validate =>
  (text) =>
    holds(text) ? [] : [message];
/** A prefix for generated names may end with a dash. */
const prefix =
  (validate: Validate): Validate =>
  (text) =>
    validate(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);

const FORMATS: Readonly<Record<string, Validate>> = {
  dns1123Label: dnsLabelProblems,
  dns1123Subdomain: dnsSubdomainProblems,
  dns1035Label: dns1035LabelProblems,
  qualifiedName: qualifiedNameProblems,
  dns1123LabelPrefix: prefix(dnsLabelProblems),
  dns1123SubdomainPrefix: prefix(dnsSubdomainProblems),
  dns1035LabelPrefix: prefix(dns1035LabelProblems),
  labelValue: labelValueProblems,
  uri: (text) => (parseRequestUrl(text) ? [] : [`parse ${JSON.stringify(text)}: invalid URI for request`]),
  uuid: unless(isUuid, 'does not match the UUID format'),
  byte: unless(isBase64, 'invalid base64'),
  date: unless(isDate, 'invalid date'),
  datetime: unless(isDateTime, 'invalid datetime'),
};

const BY_NAME = new Map(Object.entries(FORMATS).map(([name, validate]) => [name, new NamedFormat(name, validate)]));

const validated = (format: Value | undefined, text: string): Optional => {
  if (!(format instanceof NamedFormat)) throw noSuchOverload();
  const problems = format.validate(text);
  return problems.length === 0 ? Optional.none : Optional.of(problems);
};

export const FORMAT_LIBRARY: readonly Declaration[] = [
  ...[...BY_NAME].map(([name, format]) => declare(`format.${name}(): kubernetes.NamedFormat`, () => format)),
  declare('format.named(string): optional<kubernetes.NamedFormat>', ([a]) => {
    const format = BY_NAME.get(str(a));
    return format ? Optional.of(format) : Optional.none;
  }),
  declare('kubernetes.NamedFormat->validate(string): optional<list<string>>', ([a, b]) => validated(a, str(b))),
];
