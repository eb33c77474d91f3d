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

/** Of a key that no text has before a secret, but a variable has: `DB_PASS`. */
const WEAK_NAME = /[_-](?:pass|pw|pin|auth|key|salt)$/i;

/** A field of such a name holds a secret, whatever it looks like: redaction takes the value out of `name: value`. */
const isSecretName = (name: string): boolean =>
  WEAK_NAME.test(name) || redacted(`${name.slice(0, 253)}: value`) !== `${name.slice(0, 253)}: value`;

/** `--password`, which stands in a list before what it says. */
const isSecretFlag = (word: unknown): boolean =>
  typeof word === 'string' && /^--?[\w-]{1,64}$/.test(word) && isSecretName(word.replace(/^--?/, ''));

/** A manifest within a text has the name of a variable on the line before its value. */
const NAMED_VALUE =
  /(\bname["']?\s{0,8}:\s{0,8}["']?([\w.-]{1,253})["']?\s{0,64},?\s{0,64}["']?value["']?\s{0,8}:\s{0,8})("[^"\r\n]*"|'[^'\r\n]*'|[^\s,}]+)/g;

const cleaned = (text: string): string =>
  redacted(
    text.replace(NAMED_VALUE, (all: string, head: string, name: string) =>
      isSecretName(name) ? `${head}"${SECRET}"` : all,
    ),
  );

/** What the name of a field says of the value in it. */
type Field = 'name' | 'secret' | 'open';
const fieldOf = (name: string): Field => (NAMES.has(name) ? 'name' : isSecretName(name) ? 'secret' : 'open');

export const withoutSecrets = (value: unknown): unknown => within(value, 'open');

function within(value: unknown, field: Field): unknown {
  // YAML makes a number of a password of digits.
  if (field === 'secret' && (typeof value === 'string' || typeof value === 'number')) return SECRET;
  if (typeof value === 'string') return field === 'name' ? value : cleaned(value);
  if (Array.isArray(value))
    return value.map((one, index) =>
      typeof one === 'string' && isSecretFlag(value[index - 1]) ? SECRET : within(one, field),
    );
  if (typeof value !== 'object' || value === null) return value;
  // An environment variable and a header are a name and a value beside each other.
  const named = 'name' in value && typeof value.name === 'string' && isSecretName(value.name);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !DROPPED.has(key))
      .map(([key, inner]) => [key, within(inner, key === 'value' && named ? 'secret' : fieldOf(key))]),
  );
}
