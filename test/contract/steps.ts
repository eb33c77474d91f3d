/** Steps in few words: a request and the status that it normally has. */
import type { Expected, Request, Watching } from './case.ts';

export const get = (path: string, expect: Expected = {}): Request => ({ method: 'GET', path, status: 200, expect });
export const create = (path: string, body: unknown, expect: Expected = {}): Request => ({
  method: 'POST',
  path,
  body,
  status: 201,
  expect,
});
export const put = (path: string, body: unknown, expect: Expected = {}): Request => ({
  method: 'PUT',
  path,
  body,
  status: 200,
  expect,
});
export const remove = (path: string, expect: Expected = {}, body?: unknown): Request => ({
  method: 'DELETE',
  path,
  status: 200,
  expect,
  ...(body === undefined ? {} : { body }),
});

const patch =
  (contentType: string) =>
  (path: string, body: unknown, expect: Expected = {}): Request => ({
    method: 'PATCH',
    path,
    body,
    headers: { 'content-type': contentType },
    status: 200,
    expect,
  });
export const merge = patch('application/merge-patch+json');
export const jsonPatch = patch('application/json-patch+json');
export const strategic = patch('application/strategic-merge-patch+json');

/** Server-side apply by the field manager `one`; `path` may name another or force. */
export const apply = (path: string, body: unknown, expect: Expected = {}): Request => ({
  ...patch('application/apply-patch+yaml')(
    path.includes('fieldManager=') ? path : withQuery(path, 'fieldManager=one'),
    body,
    expect,
  ),
});
const withQuery = (path: string, query: string): string => `${path}${path.includes('?') ? '&' : '?'}${query}`;

/** The same request, refused. */
export const refused = (step: Request, status: number, expect: Expected): Request => ({ ...step, status, expect });
/** Refused for one field. */
export const invalid = (
  step: Request,
  field: string,
  cause: string | readonly [reason: string, message: string | RegExp],
): Request => {
  const [reason, message] = typeof cause === 'string' ? [cause, undefined] : cause;
  return refused(step, 422, {
    kind: 'Status',
    reason: 'Invalid',
    code: 422,
    'details.causes[*].field': [field],
    'details.causes[*].reason': [reason],
    ...(message === undefined ? {} : { 'details.causes.0.message': message }),
  });
};
/** Refused with these messages at these fields, in this order. */
export const causes = (step: Request, ...expected: readonly (readonly [field: string, message: string])[]): Request =>
  refused(step, 422, {
    reason: 'Invalid',
    'details.causes[*].field': expected.map(([field]) => field),
    'details.causes[*].message': expected.map(([, message]) => message),
  });
export const gone = (path: string): Request => ({ ...get(path), status: 404, expect: { reason: 'NotFound' } });
export const kept = (step: Request, keep: Readonly<Record<string, string>>): Request => ({ ...step, keep });
export const by = (user: string, step: Request): Request => ({ ...step, as: user });
export const eventually = (step: Request): Request => ({ ...step, eventually: true });
export const warned = (step: Request, ...warnings: readonly (string | RegExp)[]): Request => ({ ...step, warnings });
export const withHeaders = (step: Request, headers: Readonly<Record<string, string>>): Request => ({
  ...step,
  headers: { ...step.headers, ...headers },
});
export const watch = (path: string, during: readonly Request[], events: Watching['events']): Watching => ({
  watch: path,
  during,
  events,
});
/** A wait for the clock's next second would be no step; a list says where its collection is now. */
export const versionOf = (collection: string): Request => kept(get(collection), { rv: 'metadata.resourceVersion' });
