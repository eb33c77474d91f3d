/** URLs as Go's net/url.ParseRequestURI reads them: absolute, or an absolute path. */

export interface RequestUrl {
  readonly text: string;
  readonly scheme: string;
  /** With the port. */
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly escapedPath: string;
  readonly query: ReadonlyMap<string, string[]>;
}

// Control characters and spaces are legal nowhere; a scheme begins with a letter.
const ILLEGAL = /[\u0000-\u0020\u007f]/; // oxlint-disable-line no-control-regex -- they are what is looked for
const FORM = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/;

export function parseRequestUrl(text: string): RequestUrl | undefined {
  if (text === '' || ILLEGAL.test(text)) return undefined;
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, scheme = '', , authority = '', path = '', query = ''] = match;
  if (scheme === '' && !text.startsWith('/')) return undefined;
  // `mailto:a@b`: what follows a scheme without a slash is not looked into.
  if (scheme !== '' && match[2] === undefined && !path.startsWith('/'))
    return {
      text,
      scheme: scheme.toLowerCase(),
      host: '',
      hostname: '',
      port: '',
      escapedPath: '',
      query: parseQuery(query),
    };
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const parts = /^(\[[0-9a-fA-F:.%]+\]|[^:[\]]*)(?::(\d*))?$/.exec(host);
  if (!parts || /%(?![0-9a-fA-F]{2})/.test(path)) return undefined;
  const hostname = (parts[1] ?? '').replace(/^\[(.*)\]$/, '$1');
  return {
    text,
    scheme: scheme.toLowerCase(),
    host,
    hostname,
    port: parts[2] ?? '',
    escapedPath: encodeURI(path).replaceAll('%25', '%'),
    query: parseQuery(query),
  };
}

function parseQuery(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) {
    const known = values.get(key);
    if (known) known.push(value);
    else values.set(key, [value]);
  }
  return values;
}
