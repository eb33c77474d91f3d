/**
 * Text: https://pkg.go.dev/github.com/google/cel-go/ext#Strings version 2, and Kubernetes' `find` and `findAll`.
 * Positions count characters.
 */
import { CelError } from '../errors.ts';
import { type Declaration, declare, int, list, str } from '../functions.ts';
import { compilePattern, formatDouble } from '../standard.ts';
import { formatDurationSeconds, formatInstant } from '../time.ts';
import { display, Duration, Mapping, Optional, Timestamp, TypeValue, Uint, type Value } from '../values.ts';

const mapAscii = (text: string, pattern: RegExp, change: (part: string) => string) => text.replace(pattern, change);

function characterAt(text: string, index: bigint): string {
  const characters = Array.from(text);
  if (index < 0n || index > BigInt(characters.length)) throw new CelError(`index out of range: ${index}`);
  return characters[Number(index)] ?? '';
}

function substring(text: string, start: bigint, end?: bigint): string {
  const characters = Array.from(text);
  const length = BigInt(characters.length);
  const last = end ?? length;
  if (end !== undefined && start > end) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > length) throw new CelError(`index out of range: ${start}`);
  if (last < 0n || last > length) throw new CelError(`index out of range: ${last}`);
  return characters.slice(Number(start), Number(last)).join('');
}

function startsAt(characters: readonly string[], part: readonly string[], at: number): boolean {
  return part.every((character, index) => characters[at + index] === character);
}

function indexOf(text: string, part: string, offset: bigint): bigint {
  const [characters, wanted] = [Array.from(text), Array.from(part)];
  if (wanted.length === 0) return offset;
  if (offset < 0n) throw new CelError(`index out of range: ${offset}`);
  for (let at = Number(offset); at <= characters.length - wanted.length; at++)
    if (startsAt(characters, wanted, at)) return BigInt(at);
  return -1n;
}

function lastIndexOf(text: string, part: string, offset?: bigint): bigint {
  const [characters, wanted] = [Array.from(text), Array.from(part)];
  if (wanted.length === 0) return offset ?? BigInt(characters.length);
  if (offset !== undefined && (offset < 0n || offset >= BigInt(characters.length)))
    throw new CelError(`index out of range: ${offset}`);
  let at = Math.min(characters.length - wanted.length, offset === undefined ? Number.MAX_SAFE_INTEGER : Number(offset));
  for (; at >= 0; at--) if (startsAt(characters, wanted, at)) return BigInt(at);
  return -1n;
}

function split(text: string, separator: string, limit: bigint): string[] {
  if (limit === 0n) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const count = Number(limit) - 1;
  return [...parts.slice(0, count), parts.slice(count).join(separator)];
}

function replace(text: string, [from, to]: readonly [string, string], limit: bigint): string {
  if (limit === 0n || from === to) return text;
  const parts = from === '' ? ['', ...Array.from(text), ''] : text.split(from);
  const times = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  return parts.reduce((sum, part, index) => sum + (index === 0 ? '' : index <= times ? to : from) + part, '');
}

const QUOTED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const quote = (text: string): string =>
  `"${Array.from(text)
    .map((character) => QUOTED[character] ?? character)
    .join('')}"`;

/** `"%s is %d".format([…])`. */
function format(template: string, args: readonly Value[]): string {
  let used = 0;
  const next = () => {
    const index = used++;
    const arg = args[index];
    if (arg === undefined) throw new CelError(`index ${index} out of range`);
    return arg;
  };
  return template.replace(
    /%(?:%|(?:\.(\d+))?([a-zA-Z]))|%/g,
    (all, precision: string | undefined, verb: string | undefined) => {
      if (all === '%%') return '%';
      if (verb === undefined) throw new CelError('unexpected end of string');
      return clause(next(), verb, precision === undefined ? 6 : Number(precision));
    },
  );
}

function clause(value: Value, verb: string, precision: number): string {
  switch (verb) {
    case 's':
      return shown(value);
    case 'd':
      return whole(value, verb).toString();
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : whole(value, verb).toString(2);
    case 'o':
      return whole(value, verb).toString(8);
    case 'x':
    case 'X': {
      const hex =
        typeof value === 'string' || value instanceof Uint8Array
          ? Buffer.from(value as string).toString('hex')
          : whole(value, verb).toString(16);
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    case 'f':
      return fraction(value).toFixed(Math.min(precision, 100));
    case 'e':
      return fraction(value)
        .toExponential(Math.min(precision, 100))
        .replace(/e([+-])(\d)$/, 'e$10$2');
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function whole(value: Value, verb: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return value.value;
  throw new CelError(`error during formatting: only integers can be formatted with the %${verb} clause`);
}

function fraction(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  throw new CelError('error during formatting: fixed-point clause can only be used on doubles');
}

function shown(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return formatDouble(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(shown).join(', ')}]`;
  if (value instanceof Mapping)
    return `{${value
      .keys()
      .map((key) => `${shown(key)}: ${shown(value.get(key) ?? null)}`)
      .sort()
      .join(', ')}}`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Timestamp) return formatInstant(value.nanos);
  if (value instanceof Duration) return formatDurationSeconds(value.nanos);
  if (value instanceof TypeValue) return value.type;
  if (value instanceof Optional) return value.present ? `optional(${shown(value.get())})` : 'optional.none()';
  return display(value);
}

function find(text: string, pattern: string): string {
  const matcher = compilePattern(pattern).matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

function findAll(text: string, pattern: string, limit: bigint): string[] {
  const matcher = compilePattern(pattern).matcher(text);
  const found: string[] = [];
  const most = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
  for (let count = 0; count < most && matcher.find(); count++) found.push(matcher.group() ?? '');
  return found;
}

const texts = (value: Value | undefined): string[] => list(value).map(str);

export const STRING_LIBRARY: readonly Declaration[] = [
  declare('string->charAt(int): string', ([a, i]) => characterAt(str(a), int(i))),
  declare('string->indexOf(string): int', ([a, b]) => indexOf(str(a), str(b), 0n)),
  declare('string->indexOf(string, int): int', ([a, b, i]) => indexOf(str(a), str(b), int(i))),
  declare('string->lastIndexOf(string): int', ([a, b]) => lastIndexOf(str(a), str(b))),
  declare('string->lastIndexOf(string, int): int', ([a, b, i]) => lastIndexOf(str(a), str(b), int(i))),
  declare('string->lowerAscii(): string', ([a]) => mapAscii(str(a), /[A-Z]+/g, (part) => part.toLowerCase())),
  declare('string->upperAscii(): string', ([a]) => mapAscii(str(a), /[a-z]+/g, (part) => part.toUpperCase())),
  declare('string->replace(string, string): string', ([a, b, c]) => replace(str(a), [str(b), str(c)], -1n)),
  declare('string->replace(string, string, int): string', ([a, b, c, n]) => replace(str(a), [str(b), str(c)], int(n))),
  declare('string->split(string): list<string>', ([a, b]) => split(str(a), str(b), -1n)),
  declare('string->split(string, int): list<string>', ([a, b, n]) => split(str(a), str(b), int(n))),
  declare('string->substring(int): string', ([a, i]) => substring(str(a), int(i))),
  declare('string->substring(int, int): string', ([a, i, j]) => substring(str(a), int(i), int(j))),
  declare('string->trim(): string', ([a]) => str(a).trim()),
  declare('list<string>->join(): string', ([a]) => texts(a).join('')),
  declare('list<string>->join(string): string', ([a, b]) => texts(a).join(str(b))),
  declare('string->format(list<dyn>): string', ([a, b]) => format(str(a), list(b))),
  declare('strings.quote(string): string', ([a]) => quote(str(a))),
  declare('string->find(string): string', ([a, b]) => find(str(a), str(b))),
  declare('string->findAll(string): list<string>', ([a, b]) => findAll(str(a), str(b), -1n)),
  declare('string->findAll(string, int): list<string>', ([a, b, n]) => findAll(str(a), str(b), int(n))),
];
