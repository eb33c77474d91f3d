/** Objects and settings without the secrets in them, for what leaves the house. Pure. */
import { redacted } from '../core/analysis/redaction.ts';

/** What names an object, a version or a time, and looks as random as a key. */
const NAMES = new Set([
  'uid',
  'resourceVersion',
  'name',
  'namespace',
  'specHash',
  'planHash',
  'bodyHash',
  'digest',
  'lastAction',
]);
/** Copies of whole objects, and what only servers read. */
const DROPPED = new Set(['managedFields', 'kubectl.kubernetes.io/last-applied-configuration']);
const SECRET = '[secret]';

/** Of a key that no text has before a secret, but a variable has: `DB_PASS`, and a setting: `routingKey`. */
const WEAK_NAME =
  /[_-](?:pass|pw|pin|auth|key|salt)$|(?:routing|integration|license|app|client)[_-]?key(?:[_-]?data)?$/i;
/** `DB_PASS=hunter2` in a text. */
const WEAK_VARIABLE = /\b([A-Z][A-Z0-9_]{0,64}_(?:PASS|PW|PIN|AUTH|KEY|SALT)=)[^\s"']{1,4096}/g;

/** The path of such a URL is all that it takes to write into a channel. */
const HOOK_NAME = /web[_-]?hook|hook[_-]?url/i;
/** In the configuration, lists of what is called: an address that is a secret should stand in a file, and may not. */
const CALLED = new Set(['endpoints', 'channels']);

/** A field of such a name holds a secret, whatever it looks like: redaction takes the value out of `name: value`. */
const isSecretName = (name: string): boolean =>
  WEAK_NAME.test(name) || redacted(`${name.slice(0, 253)}: value`) !== `${name.slice(0, 253)}: value`;

/** `--password`, which stands in a list before what it says. */
const isSecretFlag = (word: unknown): boolean =>
  typeof word === 'string' && /^--?[\w-]{1,64}$/.test(word) && isSecretName(word.replace(/^--?/, ''));

// In a manifest within a text the name of a variable stands beside its value, with quotes that may be escaped.
const QUOTE = String.raw`\\{0,3}["']?`;
const SIGN = String.raw`${QUOTE}\s{0,8}:\s{0,8}${QUOTE}`;
const NEXT = String.raw`${QUOTE}\s{0,64},?\s{0,64}${QUOTE}`;
const WORD = String.raw`[\w.-]{1,253}`;
const VALUE = String.raw`(?<=")[^"\\\r\n]*|(?<=')[^'\\\r\n]*|[^\s,}"'\\]+`;
const NAMED_VALUE = new RegExp(String.raw`(\bname${SIGN}(${WORD})${NEXT}value${SIGN})(?:${VALUE})`, 'g');
const VALUE_NAMED = new RegExp(String.raw`(\bvalue${SIGN})(?:${VALUE})(?=${NEXT}name${SIGN}(${WORD}))`, 'g');

const cleaned = (text: string): string =>
  redacted(
    text
      .replace(NAMED_VALUE, (all: string, head: string, name: string) => (isSecretName(name) ? head + SECRET : all))
      .replace(VALUE_NAMED, (all: string, head: string, name: string) => (isSecretName(name) ? head + SECRET : all))
      .replace(WEAK_VARIABLE, `$1${SECRET}`),
  );

/** Which server is called, and not what proves that one may. */
function withoutPath(text: string): string {
  if (!URL.canParse(text)) return SECRET;
  const { origin, pathname, search, hash } = new URL(text);
  return cleaned(`${pathname}${search}${hash}` === '/' ? text : `${origin}/${SECRET}`);
}

/** What the name of a field says of the value in it. */
type Field = 'name' | 'secret' | 'hook' | 'called' | 'open';
function fieldOf(name: string, around: Field): Field {
  if (NAMES.has(name)) return 'name';
  if (isSecretName(name)) return 'secret';
  if (HOOK_NAME.test(name) || (around === 'called' && name === 'url')) return 'hook';
  return CALLED.has(name) ? 'called' : 'open';
}

export const withoutSecrets = (value: unknown): unknown => within(value, 'open');

function within(value: unknown, field: Field): unknown {
  // YAML makes a number of a password of digits.
  if (field === 'secret' && (typeof value === 'string' || typeof value === 'number')) return SECRET;
  if (typeof value === 'string')
    return field === 'name' ? value : field === 'hook' && /^https?:/.test(value) ? withoutPath(value) : cleaned(value);
  if (Array.isArray(value))
    return value.map((one, index) =>
      typeof one === 'string' && isSecretFlag(value[index - 1]) ? SECRET : within(one, field),
    );
  if (typeof value !== 'object' || value === null) return value;
  // An environment variable and a header are a name and a value beside each other.
  const beside = 'name' in value && typeof value.name === 'string' ? fieldOf(value.name, 'open') : 'open';
  // A change of an action names the field that it has changed: `spec.….env[DB_PASSWORD].value`.
  const changed =
    'field' in value && typeof value.field === 'string' && value.field.split(/[.[\]]+/).some(isSecretName);
  const fieldIn = (key: string): Field => {
    if (key === 'value' && beside !== 'name') return beside;
    return changed && (key === 'oldValue' || key === 'newValue') ? 'secret' : fieldOf(key, field);
  };
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !DROPPED.has(key))
      .map(([key, inner]) => [key, within(inner, fieldIn(key))]),
  );
}
