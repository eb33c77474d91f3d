/** From method and URL to what is asked, as k8s.io/apiserver/pkg/endpoints/request reads them. */

export interface RequestInfo {
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  readonly query: Query;
  /** False for discovery, health and so on: only `path` and `verb` count. */
  readonly isResource: boolean;
  /**
   * `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; the method in lower case for
   * other paths.
   */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Path elements after group and version (and namespace). */
  readonly parts: readonly string[];
}

/** Query parameters in the order given. Bad escapes drop the parameter, as Go's url.Query does. */
export class Query {
  readonly #values = new Map<string, string[]>();

  constructor(text: string) {
    for (const pair of text.split('&')) {
      if (pair === '' || pair.includes(';')) continue;
      const cut = pair.indexOf('=');
      const key = unescapeQuery(cut < 0 ? pair : pair.slice(0, cut));
      const value = unescapeQuery(cut < 0 ? '' : pair.slice(cut + 1));
      if (key === undefined || value === undefined) continue;
      const values = this.#values.get(key);
      if (values) values.push(value);
      else this.#values.set(key, [value]);
    }
  }

  /** The first value; undefined when the parameter is absent. */
  get(key: string): string | undefined {
    return this.#values.get(key)?.[0];
  }

  all(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Go's reading of a boolean option: absent is false, `?watch` and anything but `0` and `false` is true. */
  flag(key: string): boolean {
    const value = this.get(key);
    return value !== undefined && value !== '0' && value !== 'false';
  }
}

function unescapeQuery(text: string): string | undefined {
  return unescape(text.replaceAll('+', ' '));
}

function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not UTF-8 after decoding: bytes are kept where Go keeps them; a bad escape has no reading at all.
    return /%(?![0-9a-fA-F]{2})/.test(text) ? undefined : text.replace(/%[0-9a-fA-F]{2}/g, '\ufffd');
  }
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
/** Path elements after a namespace's name that belong to the namespace itself. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

export function parseRequest(method: string, url: string): RequestInfo {
  const cut = url.indexOf('?');
  const rawPath = cut < 0 ? url : url.slice(0, cut);
  const query = new Query(cut < 0 ? '' : url.slice(cut + 1));
  const path = unescape(rawPath) ?? rawPath;
  const parts = path.split('/').filter((part) => part !== '');
  const plain: RequestInfo = {
    method,
    path,
    query,
    isResource: false,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: [],
  };
  if (parts.length < 3 || (parts[0] !== 'api' && parts[0] !== 'apis')) return plain;
  let rest = parts.slice(1);
  let group = '';
  if (parts[0] === 'apis') {
    if (parts.length < 4) return plain;
    group = rest[0] as string;
    rest = rest.slice(1);
  }
  const version = rest[0] as string;
  rest = rest.slice(1);
  let verb = VERBS[method] ?? method.toLowerCase();
  if (rest[0] === 'watch' || rest[0] === 'proxy') {
    if (rest.length > 1) {
      verb = rest[0];
      rest = rest.slice(1);
    }
  }
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 1) {
    namespace = rest[1] as string;
    if (rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] as string)) rest = rest.slice(2);
  }
  const [resource = '', name = '', subresource = ''] = rest;
  if (name === '' && verb === 'get') verb = 'list';
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  if (verb === 'list' && query.flag('watch')) verb = 'watch';
  return { ...plain, isResource: true, verb, group, version, namespace, resource, subresource, name, parts: rest };
}
