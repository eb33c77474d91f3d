import { describe, expect, it } from 'vitest';
import { manifestsOf, objectsOf, readTestFile } from './test-file.ts';

const POLICY = `
apiVersion: kubeskippy.io/v1alpha1
kind: HealingPolicy
metadata: {name: web}
spec:
  mode: automatic
  selector:
    resources: [{apiVersion: apps/v1, kind: Deployment}]
  triggers:
    - name: crashing
      type: condition
      conditionTrigger: {type: CrashLoopBackOff, status: "True", duration: 10s}
  actions: [{name: restart, type: restart}]
`;

const MANIFESTS = objectsOf(POLICY, 'web.yaml');

/** `5:7: message`, one for each problem; empty for a file that can be used. */
function problemsOf(text: string): readonly string[] {
  const read = readTestFile(text, MANIFESTS);
  return 'file' in read ? [] : read.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

/** A file with one test and one expectation, or with what takes its place. */
const withExpectation = (expectation: string, before = ''): string =>
  `${before}tests:\n  - name: it\n    expect:\n      - ${expectation}\n`;

const GOOD = withExpectation('{by: 1m, action: {policy: web, type: restart, target: Deployment/web}}');

describe('a file of tests', () => {
  it('is compiled: times in milliseconds, steps in order, the end at the last of them', () => {
    const text = `
files: [policy.yaml]
cluster: {nodes: 2}
tests:
  - name: it heals
    series: [{series: 'errors{namespace="default"}', values: 0+1x3}]
    steps:
      - {at: 2m, delete: {apiVersion: v1, kind: Pod, name: a}}
      - {at: 90s, operator: killed}
    expect:
      - {by: 1m, action: {policy: web}}
      - {neverBefore: 3m, object: {kind: Pod, that: object.metadata.name == 'b'}}
`;
    const read = readTestFile(text, MANIFESTS);
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    const [test] = read.file.tests;
    expect(test).toMatchObject({ name: 'it heals', nodes: 2, endsAt: 180_000, otherActions: 'refused' });
    expect(test?.steps.map(({ at }) => at)).toEqual([90_000, 120_000]);
    expect(test?.expectations.map(({ when, time, place }) => [when, time, place.line])).toEqual([
      ['by', 60_000, 11],
      ['neverBefore', 180_000, 12],
    ]);
    expect(test?.series).toEqual([{ labels: { __name__: 'errors', namespace: 'default' }, values: [0, 1, 2, 3] }]);
    expect(manifestsOf(text)).toEqual(['policy.yaml']);
  });

  it('takes the configuration of a test before that of the file', () => {
    const text = `configuration: {maxConcurrent: 2, maxActionsPerHour: 9}\n${GOOD}    configuration: {maxConcurrent: 3}\n`;
    const read = readTestFile(text, MANIFESTS);
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    expect(read.file.tests[0]?.settings).toMatchObject({ maxConcurrent: 3, maxActionsPerHour: 9 });
  });

  it.each([
    ['no map', '- a', '1:1: must be a map with files, plugins, cluster, configuration, tests'],
    ['no YAML', 'tests: [', /^1:9: is not YAML: /],
    ['an alias that leads nowhere', 'tests: *nope', /^1:1: is not YAML: Unresolved alias/],
    ['a key that is unknown', `${GOOD}wait: 1m\n`, /^5:1: wait is unknown; allowed here: files, plugins, cluster, /],
    [
      'a key that is unknown further inside',
      withExpectation('{by: 1m, action: {policy: web, kind: restart}}'),
      '4:40: tests[0].expect[0].action.kind is unknown; allowed here: policy, type, target, phase, reason, count',
    ],
    ['a time that is none', withExpectation('{by: soon, action: {}}'), /^4:10: .*must be a duration/],
    ['a time at the start', withExpectation('{at: 0s, action: {}}'), /^4:10: must be later than the start/],
    ['a time beyond a day', withExpectation('{at: 25h, action: {}}'), '4:10: must be 24h at most, and is 25h'],
    ['no time', withExpectation('{action: {}}'), '4:9: needs exactly one of by, at, neverBefore'],
    [
      'two times',
      withExpectation('{by: 1m, at: 1m, action: {}}'),
      '4:9: has by and at; only one of them may stand here',
    ],
    ['nothing expected', withExpectation('{by: 1m}'), /^4:9: needs exactly one of action, object, /],
    [
      'two things expected',
      withExpectation('{by: 1m, action: {}, object: {kind: Pod}}'),
      /^4:9: has action and object/,
    ],
    ['the name of another test', `${GOOD}${GOOD.slice('tests:\n'.length)}`, /^5:5: it is the name of another test/],
    ['a step that is none', `${GOOD}    steps: [{at: 1s}]\n`, /^5:13: needs exactly one of apply, patch, /],
    [
      'a series that is none',
      `${GOOD}    series: [{series: 'x[5m]', values: "1"}]\n`,
      /^5:15: must be a name and labels/,
    ],
    ['values that are none', `${GOOD}    series: [{series: x, values: "1..2"}]\n`, /^5:26: 1\.\.2 is none of/],
    [
      'values that YAML takes for a number',
      `${GOOD}    series: [{series: x, values: 0x20}]\n`,
      '5:26: tests[0].series[0].values must be of type string; put it in quotes, for YAML reads 0x20 as the number 32',
    ],
    ['a setting that is unknown', `configuration: {maxActions: 1}\n${GOOD}`, /^1:17: maxActions is not a setting/],
  ])('with %s is refused by its place', (_, text, problem) => {
    const [first] = problemsOf(text);
    if (typeof problem === 'string') expect(first).toBe(problem);
    else expect(first).toMatch(problem);
  });

  it.each([
    ['a policy that is not there', '{by: 1m, action: {policy: wb}}', 'there is no policy wb; there are web'],
    ['an action that no policy takes', '{by: 1m, action: {type: scale}}', 'no policy takes scale; they take restart'],
    [
      'a kind that no policy selects',
      '{by: 1m, action: {target: Pod/web}}',
      'no policy selects Pod; they select Deployment',
    ],
    ['a reason that nothing says', '{by: 1m, action: {reason: Verifed}}', 'Verifed is no reason that is known'],
    [
      'a refusal that nothing says',
      '{by: 1m, refused: {policy: web, reason: Verified}}',
      'Verified is no reason of status.blocked',
    ],
    [
      'a trigger that is not there',
      '{by: 1m, firing: {policy: web, trigger: x}}',
      'web has no trigger x that can work; it has crashing',
    ],
    [
      'an endpoint that is not there',
      '{by: 1m, call: {endpoint: chat}}',
      'chat is no endpoint or channel of the configuration, which has none',
    ],
    ['an expression that does not compile', '{by: 1m, object: {kind: Pod, that: object.}}', 'Syntax error'],
    [
      'an expression that answers no bool',
      "{by: 1m, object: {kind: Pod, that: '1 + 1'}}",
      'has to answer true or false, and answers int',
    ],
    ['nothing before a time', '{neverBefore: 1m, action: {count: 0}}', 'must be 1 or more with neverBefore'],
  ])('that expects %s is refused, since it can never be checked', (_, expectation, problem) => {
    const problems = problemsOf(withExpectation(expectation));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('is not refused for what can be checked', () => {
    expect(problemsOf(GOOD)).toEqual([]);
  });
});

describe('a manifest of a test', () => {
  it.each([
    ['no YAML', 'a: [', /^web\.yaml:1:\d+: is not YAML: /],
    ['an alias that leads nowhere', '---\n---\nb: *nope\n', /^web\.yaml:3:1: is not YAML: Unresolved alias/],
    ['a text', 'restart it', 'web.yaml:1:1: is no object of Kubernetes: it must be of type object'],
    ['a list', '- kind: Pod', 'web.yaml:1:1: is no object of Kubernetes: it must be of type object'],
    ['no kind', 'apiVersion: v1\nmetadata: {name: a}', /: kind is required$/],
    ['no name', 'apiVersion: v1\nkind: Pod', /: metadata is required$/],
  ])('with %s is refused by its place', (_, text, problem) => {
    expect(() => objectsOf(text, 'web.yaml')).toThrow(problem);
  });

  it('may have documents that are empty', () => {
    expect(objectsOf('---\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n', 'web.yaml')).toHaveLength(1);
  });
});
