import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { manifestYaml } from './manifest-yaml.ts';
import { kubeconfigText } from './sandbox/sandbox.ts';

describe('a manifest', () => {
  it.each<[string]>([['off'], ['on'], ['yes'], ['no'], ['y'], ['1:30'], ['0o17'], ['017'], ['null'], ['~'], ['1_000']])(
    'with the string %s has it in quotes, so that YAML 1.1 and 1.2 read the same',
    (value) => {
      const text = manifestYaml({ enum: [value], [value]: value });
      expect([parse(text, { version: '1.1' }), parse(text)]).toEqual([
        { enum: [value], [value]: value },
        { enum: [value], [value]: value },
      ]);
    },
  );
});

it.each([
  ['off', '1:30'],
  ['y', '0017'],
  ['1_000', 'null'],
  ['a "b" \\ c', ': {#}\u007f\u0085\u2028\ufeff😀'],
])('a kubeconfig for the user %s with the token %s says the same to kubectl', (name, token) => {
  const text = kubeconfigText('http://127.0.0.1:1', new Map([[token, { name, groups: [] }]]));
  const read = parse(text, { version: '1.1' }) as { readonly users: unknown; readonly contexts: readonly unknown[] };
  expect(read.users).toEqual([{ name, user: { token } }]);
  expect(read.contexts).toMatchObject([{ context: { user: name } }]);
});
