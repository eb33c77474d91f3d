import { describe, expect, it } from 'vitest';
import {
  dns1035LabelProblems,
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
} from './names.ts';

const LONG = (length: number): string => 'a'.repeat(length);

describe('names as k8s.io/apimachinery checks them', () => {
  it.each([
    ['subdomain', dnsSubdomainProblems, ['web', 'a.b-c.d1', LONG(253)], ['', 'Web', 'a..b', '-a', 'a-', LONG(254)]],
    ['label', dnsLabelProblems, ['web', '1a', LONG(63)], ['', 'a.b', 'A', '-a', LONG(64)]],
    ['service name', dns1035LabelProblems, ['web', 'a-1'], ['', '1a', 'a-', 'a.b', LONG(64)]],
    ['key', qualifiedNameProblems, ['App', 'a.b/App_1.x'], ['', '/a', 'a/', 'A.b/c', 'a/b/c', `x/${LONG(64)}`]],
    ['label value', labelValueProblems, ['', 'A_b.c-1', LONG(63)], ['-a', 'a b', 'a/b', LONG(64)]],
    ['path segment', pathSegmentProblems, ['system:node', 'a b'], ['.', '..', 'a/b', '%2e']],
  ] as const)('a %s', (_what, problems, good, bad) => {
    expect(good.filter((name) => problems(name).length > 0)).toEqual([]);
    expect(bad.filter((name) => problems(name).length === 0)).toEqual([]);
  });

  it('names what is wrong with a name that is too long and of the wrong letters', () => {
    expect(dnsLabelProblems(`${LONG(63)}.b`)).toEqual(['must be no more than 63 characters', 'must not contain dots']);
    expect(qualifiedNameProblems('/a')).toEqual(['prefix part must be non-empty']);
  });
});
