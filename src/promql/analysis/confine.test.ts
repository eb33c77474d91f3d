import { describe, expect, it } from 'vitest';
import { format } from '../format.ts';
import { evaluateInstant } from '../query.ts';
import { parse } from '../parser.ts';
import { selectorsOf } from '../ast.ts';
import { Labels } from '../labels.ts';
import { loadSeries } from '../storage/load.ts';
import { confine } from './confine.ts';

const TEAM_A = { label: 'namespace', values: ['team-a'] };

describe('a confined query', () => {
  it.each([
    ['up', 'up{namespace="team-a"}'],
    ['{__name__=~"kube_.+"}', '{namespace="team-a",__name__=~"kube_.+"}'],
    ['up{namespace="team-b"}', 'up{namespace="team-a",namespace="team-b"}'],
    ['rate(x[5m] offset 1h)', 'rate(x{namespace="team-a"}[5m] offset 1h)'],
    ['max_over_time(up[10m:1m])', 'max_over_time(up{namespace="team-a"}[10m:1m])'],
    ['topk(scalar(a), b)', 'topk(scalar(a{namespace="team-a"}), b{namespace="team-a"})'],
    ['-a + on (pod) group_left (x) b', '-a{namespace="team-a"} + on (pod) group_left (x) b{namespace="team-a"}'],
    [
      '(a or absent(b)) unless c',
      '(a{namespace="team-a"} or absent(b{namespace="team-a"})) unless c{namespace="team-a"}',
    ],
    ['vector(1)', 'vector(1)'],
  ])('%s becomes %s', (query, confined) => {
    expect(format(confine(parse(query), TEAM_A))).toBe(confined);
  });

  it('names several namespaces by a pattern in which their text is meant literally', () => {
    const several = confine(parse('up'), { label: 'namespace', values: ['a.b', 'c'] });
    expect(format(several)).toBe('up{namespace=~"a\\\\.b|c"}');
  });

  const store = loadSeries(
    ['team-a', 'team-b', ''].map((namespace) => ({
      labels: Labels.of({ __name__: 'kube_pod_info', pod: 'p', namespace }),
      samples: [[0, 1]],
    })),
  );
  const answered = (query: string, values: readonly string[]) => {
    const result = evaluateInstant(confine(parse(query), { label: 'namespace', values }), store, { atMs: 1000 });
    return result.type === 'vector' ? result.samples.map(({ labels }) => labels.get('namespace')) : result.type;
  };

  it('sees the series of its namespaces alone', () => {
    expect(answered('kube_pod_info', ['team-a'])).toEqual(['team-a']);
    expect(answered('kube_pod_info', ['team-a', 'team-b'])).toEqual(['team-a', 'team-b']);
    expect(answered('{pod="p"} or kube_pod_info{namespace="team-b"}', ['team-a'])).toEqual(['team-a']);
    expect(answered('kube_pod_info{namespace="team-b"}', ['team-a'])).toEqual([]);
  });

  it('sees nothing when there is no namespace that it may see', () => {
    expect(answered('kube_pod_info', [])).toEqual([]);
  });

  it('has a matcher more on each of its selectors, whatever the query is made of', () => {
    const query =
      'sum by (a) (label_replace(x, "a", "$1", "b", "(.*)")) / ignoring (a) quantile(scalar(y), z[1m:] @ end())';
    const before = selectorsOf(parse(query.replace('z[1m:] @ end()', 'z')));
    const after = selectorsOf(confine(parse(query.replace('z[1m:] @ end()', 'z')), TEAM_A));
    expect(before).toHaveLength(3);
    expect(after.map(({ matchers }) => matchers[0])).toEqual(
      before.map(() => ({ name: 'namespace', type: '=', value: 'team-a' })),
    );
  });
});
