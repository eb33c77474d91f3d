import { describe, expect, it } from 'vitest';
import { planDigest } from '../authority/plan-digest.ts';
import { withoutValues } from './hidden-values.ts';

const SECRET = 'planted';
const request = (body: unknown) =>
  ({ method: 'POST', path: '/x', description: 'x', body: JSON.stringify(body) }) as const;
const env = (value: string) => [
  { name: 'A', value },
  { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
];

describe('of a request that is kept', () => {
  it.each<[string, unknown, unknown]>([
    [
      'an object',
      { spec: { containers: [{ name: 'c', env: env(SECRET) }] } },
      { spec: { containers: [{ name: 'c', env: env('***') }] } },
    ],
    [
      'a Job with a command line, and a manifest that kubectl keeps',
      {
        metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': SECRET, a: 'b' } },
        spec: { containers: [{ command: ['sh', SECRET], args: [SECRET], image: 'x' }] },
      },
      {
        metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '***', a: 'b' } },
        spec: { containers: [{ command: ['**', '***'], args: ['***'], image: 'x' }] },
      },
    ],
    [
      'a JSON patch of a manifest that kubectl keeps',
      [
        {
          op: 'replace',
          path: '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration',
          value: SECRET,
        },
      ],
      [
        {
          op: 'replace',
          path: '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration',
          value: '***',
        },
      ],
    ],
    [
      'a JSON patch of one variable',
      [{ op: 'replace', path: '/spec/containers/0/env/0/value', value: SECRET }],
      [{ op: 'replace', path: '/spec/containers/0/env/0/value', value: '***' }],
    ],
    [
      'a JSON patch of all of them',
      [{ op: 'add', path: '/spec/containers/0/env', value: env(SECRET) }],
      [{ op: 'add', path: '/spec/containers/0/env', value: env('***') }],
    ],
    [
      'a JSON patch of a template',
      [{ op: 'replace', path: '/spec/template', value: { spec: { containers: [{ env: env('x') }] } } }],
      [{ op: 'replace', path: '/spec/template', value: { spec: { containers: [{ env: env('*') }] } } }],
    ],
  ])('%s, the values of variables are hidden and nothing else is', (_title, body, shown) => {
    expect(JSON.parse(withoutValues(request(body)).body ?? '')).toEqual(shown);
  });

  it('what sets no variables stays as it is, to the letter', () => {
    const plain = { ...request({}), body: '{ "spec": {"replicas": 3} }' };
    expect(withoutValues(plain)).toBe(plain);
  });

  describe('an approval holds for', () => {
    const job = (value: string, attempt = 'a/1') =>
      withoutValues(
        request({
          metadata: { annotations: { 'kubeskippy.io/attempt': attempt } },
          spec: { containers: [{ env: env(value), command: ['sh'], args: [value] }] },
        }),
      );
    const digestOf = (one: ReturnType<typeof job>) => planDigest({ requests: [one] });

    it.each<[string, 'same' | 'another', ReturnType<typeof job>]>([
      ['the same values in another attempt', 'same', job(SECRET, 'a/2')],
      ['values of the same length', 'another', job('another')],
    ])('%s: the %s plan', (_title, how, other) => {
      expect(other.body).not.toContain('another');
      expect(digestOf(other) === digestOf(job(SECRET)) ? 'same' : 'another').toBe(how);
    });
  });
});
