/**
 * What is taken out of a text before it leaves the process or is stored: secrets by their shape, by the key before
 * them and by how random they look; e-mail addresses and network addresses. A word too much costs the reader a word, a
 * secret too little cannot be taken back, so that in doubt the word goes.
 *
 * Time is linear in the length of the text: each pattern begins at a place that is rare or a border, and what may
 * repeat without an end is a run of characters that the pattern after it cannot begin with, or has a limit.
 */
import { parseAddress } from '../../std/addresses.ts';

const SECRET = '[secret]';
const EMAIL = '[email]';
const ADDRESS = '[address]';

// Colours and cursor movements, and what has no width: between two letters of a key or a secret they would hide it.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const TERMINAL = /\u001b\[[0-?]{0,32}[ -/]{0,4}[@-~]/g;
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

interface Rule {
  readonly pattern: RegExp;
  readonly put: string | ((...groups: string[]) => string);
}

/** A private key whose end was cut off is one up to the end of the text. */
const PEM: Rule = {
  pattern: /-----BEGIN [A-Z0-9 ]{1,64}-----(?:(?!-----END )[\s\S])*(?:-----END [A-Z0-9 ]{0,64}(?:-----)?)?/g,
  put: SECRET,
};

/**
 * User and password, or a token alone, before the host of a URL. The port of a host whose path has an `@` looks the
 * same, and goes as well.
 */
const IN_URL: Rule = {
  pattern: /:\/\/(?:[^\s/:@?#"'<>]{0,512}:(?:[^\s"'<>:]|:(?!\/\/)){0,512}|[^\s/:@?#"'<>]{1,512})@/g,
  put: `://${SECRET}@`,
};

/** The same without a scheme, as in `login as ada:hunter2@db` and `ada:hunter2@tcp(db:3306)/shop`. */
const BEFORE_HOST: Rule = {
  // An image has a tag and a digest: `shop/web:1.2@sha256:…`.
  pattern: /(?<![\w./@-])([\w.-]{1,64}):[^\s:@/"'<>()]{3,128}@(?!sha\d)(?=[\w[(])/g,
  put: (_all, user = '') => `${user}:${SECRET}@`,
};

/**
 * Of the credentials that their makers mark with a prefix: https://github.com/gitleaks/gitleaks lists the same ones,
 * and each maker documents its own. A JSON Web Token begins with `eyJ`, which is `{"` in base64.
 */
const MARKED: Rule = {
  pattern: new RegExp(
    String.raw`(?<![A-Za-z0-9])(?:` +
      [
        String.raw`eyJ[\w-]{8,}(?:\.[\w-]*){0,4}`,
        '(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,}',
        String.raw`AIza[\w-]{20,}`,
        String.raw`ya29\.[\w-]{10,}`,
        String.raw`GOCSPX-[\w-]{10,}`,
        String.raw`gh[pousr]_\w{16,}`,
        String.raw`github_pat_\w{16,}`,
        String.raw`gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas)-[\w-]{16,}`,
        String.raw`xox[a-z]-[\w-]{8,}`,
        String.raw`xapp-[\w-]{8,}`,
        String.raw`[sr]k_(?:live|test)_\w{8,}`,
        String.raw`whsec_\w{16,}`,
        String.raw`sk-[\w-]{16,}`,
        String.raw`npm_\w{16,}`,
        String.raw`pypi-[\w-]{16,}`,
        String.raw`do[opr]_v1_\w{16,}`,
        String.raw`hv[sbr]\.[\w-]{16,}`,
        String.raw`dckr_(?:pat|oat)_[\w-]{8,}`,
        String.raw`hf_\w{16,}`,
        String.raw`SG\.[\w-]{10,}\.[\w-]{10,}`,
        String.raw`AGE-SECRET-KEY-1\w{16,}`,
        String.raw`sq0(?:atp|csp)-[\w-]{16,}`,
        String.raw`shp(?:at|ca|pa|ss)_\w{16,}`,
        // A bootstrap token of Kubernetes.
        String.raw`[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9])`,
        String.raw`\d{8,10}:[\w-]{35}(?![\w-])`,
      ].join('|') +
      ')',
    'g',
  ),
  put: SECRET,
};

/** The path of an incoming webhook is all that it takes to write into the channel. */
const HOOK: Rule = {
  pattern:
    /(hooks\.slack\.com\/[\w-]{1,32}\/|discord(?:app)?\.com\/api\/webhooks\/|\.webhook\.office\.com\/)[^\s"'<>]{1,512}/g,
  put: (_all, place = '') => `${place}${SECRET}`,
};

/** One of a service that nothing is known of, where it is called a webhook. */
const NAMED_HOOK: Rule = {
  pattern:
    /(webhook[\w.-]{0,32}\\{0,3}["']?[ \t]{0,8}(?:=>|:=|[:=])[ \t]{0,8}\\{0,3}["']?https?:\/\/[^\s/"'<>\\]{1,253}\/)[^\s"'<>\\]{1,2048}/gi,
  put: (_all, place = '') => `${place}${SECRET}`,
};

/** What crypt(3) and bcrypt make of a password can be tried out at leisure. */
const HASH: Rule = {
  pattern: /\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2(?:id?|d)|scrypt|pbkdf2[\w-]{0,16})\$[\w./$=,+-]{8,512}/g,
  put: SECRET,
};

/** A scheme of HTTP with what it proves. */
const SCHEME: Rule = {
  pattern:
    /\b(bearer|basic|digest|negotiate|apikey)([ \t]{1,8})(?!(?:auth|token|scheme|realm|header)\b)([\w.~+/=-]{6,}|\[secret\])/gi,
  put: (_all, scheme = '', gap = '') => `${scheme}${gap}${SECRET}`,
};

/** All that follows on the line. */
const HEADER: Rule = {
  pattern:
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-amz-security-token)(["']?[ \t]{0,8}[:=][ \t]{0,8})[^\r\n]{1,4096}/gi,
  put: (_all, name = '', sign = '') => `${name}${sign}${SECRET}`,
};

/** Parts of a key whose value is a secret however it is written. */
const STRONG = String.raw`pass(?:w(?:or)?d|phrase|code)|pwd|secret|token|credential|api[_.-]?key|access[_.-]?key|account[_.-]?key|private[_.-]?key|encryption[_.-]?key|signing[_.-]?key|auth[_.-]?key|conn(?:ection)?[_.-]?str(?:ing)?|dsn`;
/** Keys whose value is one where it is written as a setting: `pass=x`, `"auth": "x"`. In prose they are words. */
const WEAK = String.raw`pass|pw|auth|key|pin|otp|salt|sig|signature|session|sessionid|sid|seed|mnemonic|bearer|jwt`;

/** In quotes, whose end may be cut off; or up to the next sign that ends a word or a parameter. */
const VALUE = String.raw`(?:\\"(?:[^"\\\r\n]|\\[^"\r\n])*(?:\\")?|"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?|[^\s"',;&)}\]][^\s"',;&]*)`;

/** The rest of a key after its part; a name or a reference of a secret is none. */
const REST = String.raw`(?![\w.-]{0,64}(?:name|ref|path|file|type|version|count|length|id)s?["']?[ \t]{0,8}[:=])[\w.-]{0,64}`;

const keyed = (key: string, separator: string): Rule => ({
  pattern: new RegExp(`(${key})(${separator})(${VALUE})`, 'gi'),
  put: (_all, ...[name = '', sign = '', value = '']) => `${name}${sign}${quoted(value)}`,
});

/** A text in quotes keeps them, so that JSON stays JSON. */
function quoted(value: string): string {
  const open = /^\\?["']/.exec(value)?.[0] ?? '';
  return `${open}${SECRET}${open}`;
}

const KEYED: readonly Rule[] = [
  keyed(`(?:${STRONG})${REST}\\\\?["']?`, String.raw`[ \t]{0,8}(?:=>|:=|[:=])[ \t]{0,8}`),
  keyed(String.raw`(?<![\w.-])(?:${WEAK})\\?["']?`, '='),
  keyed(String.raw`(?:"|')_?(?:${WEAK})\\?["']`, String.raw`[ \t]{0,8}:[ \t]{0,8}`),
  // A flag and its argument: `--password hunter2`.
  keyed(
    String.raw`(?<![\w-])--?[\w-]{0,32}(?:${STRONG})(?![\w-]*(?:name|file|path))[\w-]{0,32}`,
    String.raw`[ \t]{1,8}(?!-)`,
  ),
  // In words: `the password is hunter2`.
  keyed(
    String.raw`\b(?:password|passphrase|secret|token)`,
    String.raw`[ \t]{1,8}(?:is|was)[ \t]{1,8}(?!not\b|missing\b|required\b|invalid\b|expired\b|empty\b)`,
  ),
];

const MAIL: Rule = {
  pattern: /(?<![^\s<>()[\]:;,"'=])[^\s<>()[\]:;,"'=@/]{1,64}@(?!sha\d)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g,
  put: EMAIL,
};

/** They lead nowhere, and which of them a program listens on is often the cause. */
const OF_NOBODY: ReadonlySet<string> = new Set(['127.0.0.1', '0.0.0.0', '::1', '::']);

const ADDRESS_4: Rule = {
  pattern: /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)/g,
  put: (all = '') => (OF_NOBODY.has(all) ? all : ADDRESS),
};

const ADDRESS_6: Rule = {
  pattern: /(?<![\w:.])(?=[\da-f]{0,4}:)[\da-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])/gi,
  put: (all = '') =>
    // `a::b` is a name in a program more often.
    OF_NOBODY.has(all) || parseAddress(all) === undefined || !/\d|.{9}/.test(all) ? all : ADDRESS,
};

const ADDRESS_OF_CARD: Rule = { pattern: /(?<![\w:-])[\da-f]{2}(?:[:-][\da-f]{2}){5}(?![\w:-])/gi, put: ADDRESS };

/**
 * Long enough that a random one is a secret and not the suffix of a name: Kubernetes' own random suffixes have at most
 * 10 characters, and UIDs stand in groups of at most 12.
 */
const RUN: Rule = {
  pattern: /(?<![\w+/=-])(sha\d{1,3}:)?([\w+/-]{20,}={0,2})/g,
  put: (all = '', digest = '', run = '') => {
    // Of an image: public, and what tells two versions apart.
    if (digest !== '' && /^[\da-f]{32,128}$/.test(run)) return all;
    return looksRandom(run) ? `${digest}${SECRET}` : all;
  },
};

const RULES: readonly Rule[] = [
  PEM,
  IN_URL,
  BEFORE_HOST,
  HOOK,
  NAMED_HOOK,
  HEADER,
  SCHEME,
  ...KEYED,
  MARKED,
  HASH,
  MAIL,
  ADDRESS_6,
  ADDRESS_4,
  ADDRESS_OF_CARD,
  RUN,
];

/** A replacement can bring the parts of another thing together. No text of the tests needs more than three passes. */
const MAX_PASSES = 4;

/** The text without secrets and addresses. What has been redacted stays as it is when it is redacted again. */
export function redacted(text: string): string {
  let now = text.replaceAll(TERMINAL, '').replaceAll(INVISIBLE, '');
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const next = RULES.reduce((rest, { pattern, put }) => rest.replaceAll(pattern, put as string), now);
    if (next === now) break;
    now = next;
  }
  return now;
}

type Sort = 'upper' | 'lower' | 'digit';
const sortOf = (character: string): Sort | undefined =>
  /[a-z]/.test(character) ? 'lower' : /[A-Z]/.test(character) ? 'upper' : /\d/.test(character) ? 'digit' : undefined;

/**
 * Random text changes between capitals, small letters and digits at almost every second character, and words in it are
 * short. Of 20,000 random base64 texts of 40 characters none passes as a name, of 32 characters 3, of 24 characters 51.
 */
function looksRandom(run: string): boolean {
  if (/^[\da-f]{32,}$/i.test(run)) return true;
  const sorts = new Set(Array.from(run, sortOf));
  if (sorts.has('upper') && sorts.has('lower'))
    return changes(run) >= (sorts.has('digit') ? 0.3 : 0.4) || words(run) < 0.6;
  // Of two sorts alone, a name is made of parts.
  return run
    .split(/[-_/+=]/)
    .some(
      (part) =>
        part.length >= 20 && new Set(Array.from(part, sortOf)).size > 1 && changes(part) >= 0.15 && words(part) < 0.6,
    );
}

/** Share of the neighbours that are of different sorts. */
function changes(text: string): number {
  const sorts = Array.from(text, sortOf).filter((sort) => sort !== undefined);
  const changed = sorts.filter((sort, index) => index > 0 && sort !== sorts[index - 1]).length;
  return changed / Math.max(1, sorts.length - 1);
}

/** Share of the characters that stand in runs of letters that could be a word. */
const words = (text: string): number =>
  (text.match(/[A-Z]?[a-z]{3,}|[A-Z]{4,}/g) ?? []).reduce((sum, { length }) => sum + length, 0) / text.length;
