import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redacted } from './redaction.ts';

/** Joined here, so that no scanner of repositories takes an example for a leak. */
const marked = (...parts: readonly string[]): string => parts.join('');

const JWT = marked('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0NTY3ODkwIn0', '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P');
const PEM = marked('-----BEGIN RSA PRIVATE', ' KEY-----\nMIIEowIBAAKCAQEA\nq8x\n-----END RSA PRIVATE', ' KEY-----');

describe('redaction takes out', () => {
  it.each([
    ['a JSON Web Token', `sent ${JWT} to it`, 'sent [secret] to it'],
    ['one that was cut off', `sent ${JWT.slice(0, 30)}…`, 'sent [secret]…'],
    ['a private key', `read ${PEM} from disk`, 'read [secret] from disk'],
    ['one whose end is missing', `read ${PEM.slice(0, 50)}`, 'read [secret]'],
    ['a key of AWS', marked('uses AKIA', 'IOSFODNN7EXAMPLE now'), 'uses [secret] now'],
    ['a token of GitHub', marked('uses ghp_', '16C7e42F292c6912E7710c838347Ae178B4a'), 'uses [secret]'],
    ['a token of Slack', marked('uses xoxb-', '123456789012-abcdef'), 'uses [secret]'],
    ['a bootstrap token', marked('join with abcdef', '.0123456789abcdef'), 'join with [secret]'],
    ['a hook', 'POST https://hooks.slack.com/services/T0/B0/XyZ', 'POST https://hooks.slack.com/services/[secret]'],
    ['the hash of a password', 'root:$6$saltsalt$abcdefgh.ijklmnop', 'root:[secret]'],
    ['a password in a URL', 'dial postgres://app:hunter2@db:5432/shop', 'dial postgres://[secret]@db:5432/shop'],
    ['one with signs of URLs in it', 'redis://:p@ss/w:rd@cache:6379', 'redis://[secret]@cache:6379'],
    ['a token in a URL', 'clone https://abcdef@git.shop/web', 'clone https://[secret]@git.shop/web'],
    ['a setting', 'DB_PASSWORD=hunter2 PORT=80', 'DB_PASSWORD=[secret] PORT=80'],
    ['a setting of JSON', '{"dbPassword": "hun\\"ter2", "port": 80}', '{"dbPassword": "[secret]", "port": 80}'],
    ['JSON in JSON', '"{\\"token\\":\\"hunter2\\"}"', '"{\\"token\\":\\"[secret]\\"}"'],
    ['a setting of YAML', 'clientSecret: hunter2', 'clientSecret: [secret]'],
    ['a parameter of a URL', 'GET /x?api_key=hunter2&page=2', 'GET /x?api_key=[secret]&page=2'],
    ['a user before a host', 'dial ada:hunter2@tcp(db:3306)/shop', 'dial ada:[secret]@tcp(db:3306)/shop'],
    ['a webhook', 'webhookUrl: https://chat.example/x/hunter2', 'webhookUrl: https://chat.example/[secret]'],
    ['a flag', 'mysql --password hunter2 --port 3306', 'mysql --password [secret] --port 3306'],
    ['a header', 'Authorization: Bearer hunter2', 'Authorization: [secret]'],
    ['a cookie, all of it', 'Cookie: a=hunter2; b=hunter3', 'Cookie: [secret]'],
    ['a scheme with its token', 'got bearer hunter2hunter2', 'got bearer [secret]'],
    ['a secret told in words', 'the password is hunter2', 'the password is [secret]'],
    ['a weak key in quotes', '{"auth": "dXNlcjpwYXNz"}', '{"auth": "[secret]"}'],
    ['a long hexadecimal number', `key ${'0123456789abcdef'.repeat(2)}`, 'key [secret]'],
    ['a random text', 'uses wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'uses [secret]'],
    ['an e-mail address', 'tell ada.l+x@shop.example.', 'tell [email].'],
    ['an address', 'dial tcp 10.1.2.3:5432', 'dial tcp [address]:5432'],
    ['an address of IPv6', 'dial tcp [fd00::1:2]:5432', 'dial tcp [[address]]:5432'],
    ['the address of a card', 'eth0 0a:58:0a:f4:00:05 up', 'eth0 [address] up'],
    ['what colours hide', 'pass\u001b[31mword=hun\u001b[0mter2', 'password=[secret]'],
    ['what signs without width hide', 'pass\u200bword=hun\u2060ter2', 'password=[secret]'],
  ])('%s', (_name, text, clean) => {
    expect(redacted(text)).toBe(clean);
  });

  it.each([
    ['a message of the scheduler', '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available.'],
    ['a missing Secret', 'MountVolume.SetUp failed for volume "creds" : secret "db-creds" not found'],
    ['a missing key', "couldn't find key password in Secret shop/db-creds"],
    ['a name of a Secret', 'secretName: db-creds, secretKeyRef=db'],
    ['an image by digest', `Failed to pull image "ghcr.io/shop/web@sha256:${'0a'.repeat(32)}": not found`],
    [
      'a pod',
      'Back-off restarting failed container web in pod web-7d9f8b6c5d-x2x9q_shop(1b4e28ba-2fa1-11d2-883f-0016d3cca427)',
    ],
    ['an image with tag and digest', `shop/web:1.2@sha256:${'0a'.repeat(32)}`],
    [
      'a webhook of admission',
      'failed calling webhook "v.example.com": Post "https://v.shop.svc:443/check?timeout=10s"',
    ],
    ['a name of Kubernetes', 'HorizontalPodAutoscaler is failing: FailedGetResourceMetric'],
    ['a path', 'open /var/lib/kubelet/pods/volumes/kubernetes.io~projected: no such file'],
    ['a port and a time', 'listen on 0.0.0.0:8080 since 12:34:56, dial 127.0.0.1:80'],
    ['a namespace of a programming language', 'std::string::find in a::b'],
    ['a percentage', 'cpu 93.5% of 2.0, memory 512Mi'],
  ])('nothing of %s', (_name, text) => {
    expect(redacted(text)).toBe(text);
  });
});

const alphabet = (signs: string) => fc.constantFrom(...Array.from(signs));
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const BASE64 = `${LETTERS}${LETTERS.toUpperCase()}0123456789+/`;
const of = (signs: string, minLength: number, maxLength: number) =>
  fc.string({ unit: alphabet(signs), minLength, maxLength });
const plain = of(`${LETTERS}0123456789!#%*`, 6, 20).filter((text) => /[a-z]/.test(text));

/** A secret and a text that carries it. */
const planted = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('password', 'DB_PASSWORD', 'clientSecret', 'api-key', 'X_TOKEN', 'AWS_SECRET_ACCESS_KEY'),
      fc.constantFrom('=', ': ', ':', ' = ', '=>'),
      plain,
      fc.constantFrom('', '"', "'"),
    )
    .map(([key, sign, secret, quote]) => ({ secret, text: `${key}${sign}${quote}${secret}${quote}` })),
  fc.tuple(plain, of(LETTERS, 1, 8)).map(([secret, user]) => ({ secret, text: `amqp://${user}:${secret}@mq:5672/` })),
  of(BASE64, 40, 64).map((secret) => ({ secret, text: secret })),
  of('0123456789abcdef', 32, 64).map((secret) => ({ secret, text: secret })),
  of(`${LETTERS}0123456789`, 36, 36).map((rest) => ({ secret: rest, text: `ghp_${rest}` })),
  of(`${BASE64.slice(0, 62)}_-`, 20, 60).map((rest) => ({ secret: rest, text: `eyJ${rest}.${rest}.${rest}` })),
  fc.tuple(of(LETTERS, 5, 12), of(LETTERS, 5, 12)).map(([name, host]) => ({
    secret: name,
    text: `${name}@${host}.example`,
  })),
);
const prose = fc.string({ unit: alphabet(`${LETTERS}ABC 0123456789.,:;()[]{}"'=@/-_\n\t\\`), maxLength: 60 });
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom(...Array.from('pas:=@/. "\'\\[]-_1aA\u200b'), 'password', 'token', '[secret]', '://', 'eyJ'),
    maxLength: 60,
  }),
  planted.map(({ text }) => text),
);
const SEED = { seed: 13, numRuns: 1_500 };

describe('redaction', () => {
  it('leaves no planted secret', () => {
    fc.assert(
      fc.property(planted, prose, prose, ({ secret, text }, before, after) => {
        // A quote or bracket that is open before it must not close it.
        const all = redacted(`${before} ${text} ${after}`);
        expect(all).not.toContain(secret);
      }),
      SEED,
    );
  });

  it('changes nothing of what it made', () => {
    fc.assert(
      fc.property(anything, anything, (a, b) => {
        const once = redacted(a + b);
        expect(redacted(once)).toBe(once);
      }),
      SEED,
    );
  });

  // 0.1 s on a quiet machine; a hundred times that on a busy one. Time that grows with the square would be minutes.
  it.each([
    '-----BEGIN A-----',
    '://a:',
    '://',
    'eyJ',
    '-eyJ',
    'password=',
    '"password": "\\',
    'password ',
    'token is ',
    '--token ',
    'cookie',
    'cookie: ',
    'a@',
    'a.',
    'a@b.',
    '1.',
    '1:',
    'a',
    'aB3',
    'sha256:',
    '$6$',
    '\u001b[',
    ' ',
    '"',
    "'",
    'bearer ',
    'auth=',
  ])('takes no time for a long repetition of %j', (part) => {
    const text = part.repeat(Math.ceil(200_000 / part.length));
    const from = performance.now();
    redacted(text);
    expect(performance.now() - from).toBeLessThan(10_000);
  });
});
