/**
 * What names, label keys and label values may look like, in the words of k8s.io/apimachinery/pkg/util/validation. Each
 * answers what is wrong; empty when nothing is.
 */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const isLabel = whole(LABEL);
const isSubdomain = whole(SUBDOMAIN);
const isQualified = whole(QUALIFIED);
const isLabelValue = whole(`(${QUALIFIED})?`);
const is1035 = whole('[a-z]([-a-z0-9]*[a-z0-9])?');

const NONE: readonly string[] = [];

const byteLength = (text: string): number => Buffer.byteLength(text);

export const SUBDOMAIN_TEXT = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
const LABEL_TEXT = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`;
const QUALIFIED_TEXT = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`;
const LABEL_VALUE_TEXT = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${QUALIFIED})?')`;

// What fits a pattern has as many bytes as characters.

export function dnsSubdomainProblems(value: string): readonly string[] {
  if (value.length <= 253 && isSubdomain.test(value)) return NONE;
  const problems: string[] = [];
  if (byteLength(value) > 253) problems.push('must be no more than 253 characters');
  if (!isSubdomain.test(value)) problems.push(SUBDOMAIN_TEXT);
  return problems;
}

export function dnsLabelProblems(value: string): readonly string[] {
  if (value.length <= 63 && isLabel.test(value)) return NONE;
  const problems: string[] = [];
  if (byteLength(value) > 63) problems.push('must be no more than 63 characters');
  // A valid subdomain that is no valid label can only have dots (its length was looked at above).
  if (!isLabel.test(value)) problems.push(isSubdomain.test(value) ? 'must not contain dots' : LABEL_TEXT);
  return problems;
}

export function dns1035LabelProblems(value: string): readonly string[] {
  const problems: string[] = [];
  if (byteLength(value) > 63) problems.push('must be no more than 63 characters');
  if (!is1035.test(value)) {
    problems.push(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    );
  }
  return problems;
}

/** Label and annotation keys, finalizers: `prefix/name`. */
export function qualifiedNameProblems(value: string): readonly string[] {
  const slash = value.lastIndexOf('/');
  const isName = value.length - slash <= 64 && isQualified.test(slash < 0 ? value : value.slice(slash + 1));
  if (isName && (slash < 0 || dnsSubdomainProblems(value.slice(0, slash)) === NONE)) return NONE;
  const problems: string[] = [];
  const parts = value.split('/');
  let name = parts[0] as string;
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    name = parts[1] as string;
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...dnsSubdomainProblems(prefix).map((problem) => `prefix part ${problem}`));
  } else if (parts.length > 2) {
    return [
      `a valid label key ${QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (byteLength(name) > 63) problems.push('name part must be no more than 63 bytes');
  if (!isQualified.test(name)) problems.push(`name part ${QUALIFIED_TEXT}`);
  return problems;
}

export function labelValueProblems(value: string): readonly string[] {
  if (value.length <= 63 && isLabelValue.test(value)) return NONE;
  const problems: string[] = [];
  if (byteLength(value) > 63) problems.push('must be no more than 63 bytes');
  if (!isLabelValue.test(value)) problems.push(LABEL_VALUE_TEXT);
  return problems;
}

/** Names of RBAC objects: anything that can stand in a path. */
export function pathSegmentProblems(value: string): readonly string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((bad) => value.includes(bad)).map((bad) => `may not contain '${bad}'`);
}
