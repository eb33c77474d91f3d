/** The text of string and bytes literals. The lexer has let only legal escapes through. */

const SINGLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  "'": "'",
  '\\': '\\',
  '?': '?',
  '`': '`',
};
const ESCAPES = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7][0-7])|(.))/gs;
/** The same for one of them: a pattern that remembers no place. */
const ESCAPE = new RegExp(ESCAPES.source, 's');

interface Quoted {
  readonly raw: boolean;
  readonly body: string;
}

function unquote(token: string): Quoted {
  const raw = /^[rR]/.test(token);
  const text = raw ? token.slice(1) : token;
  const width = text.startsWith('"""') || text.startsWith("'''") ? 3 : 1;
  return { raw, body: text.slice(width, -width) };
}

export function unescapeString(token: string): string {
  const { raw, body } = unquote(token);
  if (raw) return body;
  return body.replace(ESCAPES, (escape) => unescapeOne(escape));
}

function unescapeOne(escape: string): string {
  const [, x, u, U, octal, single] = ESCAPE.exec(escape) ?? [];
  const hex = x ?? u ?? U;
  if (hex !== undefined) return codePoint(Number.parseInt(hex, 16));
  if (octal !== undefined) return codePoint(Number.parseInt(octal, 8));
  return SINGLE[single ?? ''] ?? '';
}

const codePoint = (code: number): string =>
  code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : String.fromCodePoint(code);

/** In bytes `\xff` and octal escapes are single octets, everything else is UTF-8. */
export function unescapeBytes(token: string): Uint8Array {
  const { raw, body } = unquote(token.slice(1));
  if (raw) return new TextEncoder().encode(body);
  const octets: number[] = [];
  let last = 0;
  const plain = (text: string) => octets.push(...new TextEncoder().encode(text));
  for (const match of body.matchAll(ESCAPES)) {
    plain(body.slice(last, match.index));
    last = match.index + match[0].length;
    const [, x, u, U, octal, single] = match;
    if (x !== undefined) octets.push(Number.parseInt(x, 16));
    else if (octal !== undefined) octets.push(Number.parseInt(octal, 8) & 0xff);
    else if (u !== undefined || U !== undefined) plain(codePoint(Number.parseInt((u ?? U) as string, 16)));
    else plain(SINGLE[single ?? ''] ?? '');
  }
  plain(body.slice(last));
  return Uint8Array.from(octets);
}
