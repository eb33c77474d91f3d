/**
 * Checks of names with the messages of k8s.io/apimachinery/pkg/util/validation. Each answers what is wrong; nothing is
 * fine.
 */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const NAME_PART = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`);
const RE_LABEL = whole(LABEL);
const RE_SUBDOMAIN = whole(SUBDOMAIN);
const RE_LABEL_1035 = whole(LABEL_1035);
const RE_NAME_PART = whole(NAME_PART);
const RE_VALUE = whole(`(${NAME_PART})?`);

/** DNS allows 63 bytes a label and 253 a name. */
const LABEL_MAX = 63;
const SUBDOMAIN_MAX = 253;

const tooLong = (max: number) => `must be no more than ${max} bytes`;

function mismatch(rule: string, pattern: string, ...examples: readonly string[]): string {
  const quoted = examples
    .map((example) => `'${example}'`)
    .join(', or ')
    .replaceAll(', or ', ',  or ');
  return `${rule} (e.g. ${quoted}, regex used for validation is '${pattern}')`;
}

export function dns1035Label(value: string): string[] {
  const problems = value.length > LABEL_MAX ? [tooLong(LABEL_MAX)] : [];
  if (RE_LABEL_1035.test(value)) return problems;
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...problems, mismatch(rule, LABEL_1035, 'my-name', 'abc-123')];
}

export function dns1123Label(value: string): string[] {
  const problems = value.length > LABEL_MAX ? [tooLong(LABEL_MAX)] : [];
  if (RE_LABEL.test(value)) return problems;
  if (RE_SUBDOMAIN.test(value)) return [...problems, 'must not contain dots'];
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...problems, mismatch(rule, LABEL, 'my-name', '123-abc')];
}

export function dns1123Subdomain(value: string): string[] {
  const problems = value.length > SUBDOMAIN_MAX ? [tooLong(SUBDOMAIN_MAX)] : [];
  if (RE_SUBDOMAIN.test(value)) return problems;
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...problems, mismatch(rule, SUBDOMAIN, 'example.com')];
}

export function labelValue(value: string): string[] {
  const problems = value.length > LABEL_MAX ? [tooLong(LABEL_MAX)] : [];
  if (RE_VALUE.test(value)) return problems;
  const rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return [...problems, mismatch(rule, `(${NAME_PART})?`, 'MyValue', 'my_value', '12345')];
}

/** `example.com/MyName`: the key of a label, the name of a finalizer. */
export function qualifiedName(value: string): string[] {
  const rule =
    "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  const explain = () =>
    `${mismatch(rule, NAME_PART, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  const parts = value.split('/');
  if (parts.length > 2) return [explain()];
  const [first = '', second] = parts;
  const problems: string[] = [];
  if (second !== undefined) {
    if (first === '') problems.push('prefix part must be non-empty');
    else problems.push(...dns1123Subdomain(first).map((problem) => `prefix part ${problem}`));
  }
  const name = second ?? first;
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > LABEL_MAX) problems.push(`name part ${tooLong(LABEL_MAX)}`);
  if (!RE_NAME_PART.test(name))
    problems.push(
      `name part ${mismatch(rule.replace('a qualified name must', 'must'), NAME_PART, 'MyName', 'my.name', '123-abc')}`,
    );
  return problems;
}
