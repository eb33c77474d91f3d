import { describe, expect, it } from 'vitest';
import { withoutSecrets } from './without-secrets.ts';

/** It looks like a word, so that only its place tells what it is. */
const PLAIN = 'hunterville';

describe('what leaves the house', () => {
  it.each<[string, unknown]>([
    ['a field with a telling name', { dbPassword: PLAIN }],
    ['a passphrase', { passphrase: PLAIN }],
    ['a data source', { DATABASE_DSN: PLAIN }],
    ['an environment variable', { env: [{ name: 'API_KEY', value: PLAIN }] }],
    ['an environment variable with a short name', { env: [{ name: 'DB_PASS', value: PLAIN }] }],
    ['a header', { httpHeaders: [{ name: 'X-Api-Key', value: PLAIN }] }],
    ['a list below such a name', { tokens: [PLAIN] }],
    ['a flag and its argument in a list', { command: ['mysql', '--password', PLAIN] }],
    ['a flag with its argument', { command: ['mysql', `--password=${PLAIN}`] }],
    ['a label', { labels: { 'example.com/db-password': PLAIN } }],
    ['a manifest in a text', { patch: `env:\n- name: DB_PASSWORD\n  value: ${PLAIN}\n` }],
    ['JSON in a text', { patch: `{"env": [{"name": "DB_PASSWORD", "value": "${PLAIN}"}]}` }],
    ['a manifest in a text, its value first', { patch: `{"value": "${PLAIN}", "name": "DB_PASSWORD"}` }],
    ['JSON in JSON in a text', { msg: `{\\"name\\":\\"DB_PASSWORD\\",\\"value\\":\\"${PLAIN}\\"}` }],
    ['a variable in a text', { msg: `DB_PASS=${PLAIN} kubeskippy run` }],
    ['the key of a service', { routingKey: PLAIN }],
    ['the path of an endpoint', { endpoints: [{ name: 'a', url: `https://chat.example.com/hooks/${PLAIN}` }] }],
    ['a webhook in a variable', { env: [{ name: 'CHAT_WEBHOOK', value: `https://chat.example.com/${PLAIN}` }] }],
    ['a field that was changed', { changes: [{ field: 'env[DB_PASSWORD].value', oldValue: PLAIN, newValue: PLAIN }] }],
    ['a setting in a text', { message: `refused, password: ${PLAIN}` }],
    ['the copy that kubectl keeps', { 'kubectl.kubernetes.io/last-applied-configuration': PLAIN }],
    ['the fields of managers', { managedFields: [{ fieldsV1: PLAIN }] }],
  ])('has no secret of %s', (_title, content) => {
    expect(JSON.stringify(withoutSecrets(content))).not.toContain(PLAIN);
  });

  it('has no password of digits, which YAML reads as a number', () => {
    expect(withoutSecrets({ password: 48_151_623 })).toEqual({ password: '[secret]' });
  });

  it('keeps names, references, numbers and what a secret is called', () => {
    const kept = {
      name: 'web-5f7d9c8b6d-x2k4q',
      uid: '0b6f3c1e-8f3a-4a57-9d58-3f0f2b0d9f11',
      key: 'app',
      topologyKey: 'kubernetes.io/hostname',
      apiKeyFile: '/var/run/secrets/key',
      env: [
        { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'word' } } },
        { name: 'PORT', value: '8080' },
      ],
      automountServiceAccountToken: false,
      patch: 'env:\n- name: PORT\n  value: "8080"\n',
      replicas: 3,
      endpoints: [{ name: 'a', url: 'https://chat.example.com' }],
      webhookAction: { name: 'a' },
      changes: [{ field: 'spec.replicas', oldValue: '1', newValue: '3' }],
    };
    expect(withoutSecrets(kept)).toEqual(kept);
  });

  it('takes time in proportion to the text', () => {
    const text = 'name: a\n'.repeat(20_000);
    const began = performance.now();
    withoutSecrets({ text });
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
