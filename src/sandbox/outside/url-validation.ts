/** The URL and the Service of a webhook: k8s.io/apiserver/pkg/util/webhook/validation.go, and Go's net/url. */
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asText, type Draft } from '../machinery/json.ts';
import { dnsSubdomainProblems } from '../../std/names.ts';

const FORM = '; desired format: https://host[/path]';

interface GoUrl {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly query: string;
  readonly fragment: string;
}

/** What net/url's Parse says of a text that is no URL. */
function parsed(text: string): GoUrl | { readonly problem: string } {
  const [before = '', ...after] = text.split('#');
  const fragment = after.join('#');
  const bad = (problem: string) => ({ problem: `parse ${JSON.stringify(text)}: ${problem}` });
  // oxlint-disable-next-line no-control-regex -- these are the characters that Go refuses
  if (/[\u0000-\u001f\u007f]/.test(before)) return bad('net/url: invalid control character in URL');
  const escape = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(before.split('?')[0] ?? '');
  const [, scheme = '', rest = before] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/.exec(before) ?? [];
  if (before.startsWith(':')) return bad('missing protocol scheme');
  const cut = rest.indexOf('?');
  const [path, query] = cut < 0 ? [rest, ''] : [rest.slice(0, cut), rest.slice(cut + 1)];
  if (scheme === '' && !path.startsWith('/') && (path.split('/')[0] ?? '').includes(':'))
    return bad('first path segment in URL cannot contain colon');
  if (escape) return bad(`invalid URL escape ${JSON.stringify(escape[0])}`);
  if (!path.startsWith('//')) return { scheme: scheme.toLowerCase(), user: undefined, host: '', query, fragment };
  const authority = path.slice(2).split('/')[0] ?? '';
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const port = /^(?:\[[^\]]*\]|[^:]*)(:.*)?$/.exec(host)?.[1] ?? '';
  if (!/^(:\d*)?$/.test(port)) return bad(`invalid port ${JSON.stringify(port)} after host`);
  const stray = /[ <>"\\^`{|}]/.exec(host);
  if (stray) return bad(`invalid character ${JSON.stringify(stray[0])} in host name`);
  return {
    scheme: scheme.toLowerCase(),
    user: at < 0 ? undefined : authority.slice(0, at),
    host,
    query,
    fragment,
  };
}

export function urlErrors(text: string, path: string): readonly FieldError[] {
  const url = parsed(text);
  if ('problem' in url) return [required(path, `url must be a valid URL: ${url.problem}${FORM}`)];
  return [
    ...(url.scheme === 'https'
      ? []
      : [invalidValue(path, url.scheme, `'https' is the only allowed URL scheme${FORM}`)]),
    ...(url.host === '' ? [invalidValue(path, url.host, `host must be specified${FORM}`)] : []),
    ...(url.user === undefined ? [] : [invalidValue(path, url.user, 'user information is not permitted in the URL')]),
    ...(url.fragment === '' ? [] : [invalidValue(path, url.fragment, 'fragments are not permitted in the URL')]),
    ...(url.query === '' ? [] : [invalidValue(path, url.query, 'query parameters are not permitted in the URL')]),
  ];
}

export function serviceErrors(service: Draft, path: string): readonly FieldError[] {
  const port = service['port'];
  const number = typeof port === 'number' ? port : 0;
  return [
    ...(asText(service['name']) === '' ? [required(`${path}.name`)] : []),
    ...(asText(service['namespace']) === '' ? [required(`${path}.namespace`)] : []),
    ...(number >= 1 && number <= 65_535
      ? []
      : [invalidValue(`${path}.port`, number, 'port is not valid: must be between 1 and 65535, inclusive')]),
    ...pathErrors(service['path'], `${path}.path`),
  ];
}

function pathErrors(value: unknown, path: string): readonly FieldError[] {
  const text = asText(value);
  if (text === '' || text === '/') return [];
  if (text === '//') return [invalidValue(path, text, 'segment[0] may not be empty')];
  const errors = text.startsWith('/') ? [] : [invalidValue(path, text, "must start with a '/'")];
  const steps = text.slice(1).replace(/\/$/, '').split('/');
  for (const [index, step] of steps.entries()) {
    const problems = step === '' ? [`segment[${index}] may not be empty`] : dnsSubdomainProblems(step);
    for (const problem of problems)
      errors.push(invalidValue(path, text, step === '' ? problem : `segment[${index}]: ${problem}`));
  }
  return errors;
}

/** Exactly one of the two says where the webhook is. */
export function clientConfigErrors(config: Draft, path: string): readonly FieldError[] {
  const { url, service } = config;
  if ((url === undefined) === (service === undefined))
    return [required(path, 'exactly one of url or service is required')];
  return url === undefined ? serviceErrors(service as Draft, `${path}.service`) : urlErrors(asText(url), `${path}.url`);
}
