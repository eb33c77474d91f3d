/** Names such as `acme.io/foo`: IsDomainPrefixedPath of k8s.io/apimachinery/pkg/util/validation. */
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { dnsSubdomainProblems } from '../../std/names.ts';
import { textErrors } from './field-checks.ts';

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

export function domainPathErrors(name: string, field: string): readonly FieldError[] {
  if (name === '') return [required(field)];
  const cut = name.indexOf('/');
  if (cut <= 0 || cut === name.length - 1)
    return [invalidValue(field, name, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const path = name.slice(cut + 1);
  return [
    ...textErrors(name.slice(0, cut), field, dnsSubdomainProblems),
    ...(new RegExp(`^${HTTP_PATH}$`).test(path)
      ? []
      : [invalidValue(field, path, `Invalid path (regex used for validation is '${HTTP_PATH}')`)]),
  ];
}
