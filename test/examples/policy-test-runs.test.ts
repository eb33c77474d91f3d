import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/std/clock.ts';
import { judge } from '../../src/cli/test/judge.ts';
import { mutantsOf } from '../../src/cli/test/policy-mutants.ts';
import { junitText, resultText, resultValue, summaryText, type TestResult } from '../../src/cli/test/results.ts';
import { runTest } from '../../src/cli/test/run-test.ts';
import { noticedBy } from '../../src/cli/test/test-files.ts';
import { objectsOf, readTestFile } from '../../src/cli/test/test-file.ts';
import { timelineOf } from '../../src/cli/test/timeline.ts';

const MANIFESTS = objectsOf(
  `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {sandbox.kubeskippy.io/script: '[{when: {revision: 1}, exit: {after: 2s, code: 1}}]'}
    spec: {containers: [{name: app, image: "registry.example/web:1"}]}
---
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
  safetyRules: {requireHealthCheck: true}
`,
  'web.yaml',
);

const signal = new AbortController().signal;

async function results(tests: string, manifests = MANIFESTS): Promise<readonly TestResult[]> {
  const read = readTestFile(tests, manifests);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const done: TestResult[] = [];
  for (const test of read.file.tests) {
    const played = await runTest(test, { plugins: [], signal });
    done.push({
      file: 'web_test.yaml',
      test,
      misses: judge(test, played),
      timeline: timelineOf(test, played),
      tookMs: 12,
    });
  }
  return done;
}

const messages = ({ misses }: TestResult): readonly string[] => misses.map(({ message }) => message);

describe('a test of a policy', () => {
  it('passes when everything is as expected', async () => {
    const [result] = await results(`
tests:
  - name: one restart
    expect:
      - {neverBefore: 12s, action: {policy: web}}
      - {by: 1m, firing: {policy: web, trigger: crashing, target: Deployment/web}}
      - {by: 1m, ready: {policy: web}}
      - {by: 3m, action: {policy: web, type: restart, target: Deployment/web, phase: Succeeded, reason: Verified}}
      - {at: 4m, action: {count: 1}}
      - {at: 4m, object: {kind: Deployment, name: web, that: object.status.readyReplicas == 1}}
      - {at: 4m, object: {kind: Pod, name: "web-*", count: 1}}
`);
    expect(result?.misses).toEqual([]);
    expect(result && resultText(result)).toBe('PASS  web_test.yaml: one restart (12 ms)\n');
  });

  it('says what happened instead, by place and as a timeline with the reasons of gates', async () => {
    const [result] = await results(`
configuration: {maxActionsPerHour: 0}
tests:
  - name: one restart
    expect:
      - {by: 1m, action: {policy: web, type: restart}}
      - {at: 1m, object: {kind: Deployment, name: web, that: object.status.readyReplicas == 1}}
      - {neverBefore: 30s, firing: {policy: web}}
`);
    if (result === undefined) throw new Error('there is no result');
    expect(messages(result)).toEqual([
      'never until 1m; at last there was none',
      'not so at 1m: Deployment/web is there',
      'was so at 15.2s: crashing is Firing',
    ]);
    const text = resultText(result);
    expect(text).toContain('web_test.yaml:6:9: by 1m: action policy web, type restart');
    expect(text).toMatch(/15\.2s {2}policy web does not heal Deployment\/web: RateLimited, /);
    expect(text.split('\n').every((line) => line.length <= 100)).toBe(true);
    expect(resultValue(result)).toMatchObject({
      passed: false,
      misses: [{ line: 6, column: 9, expected: 'by 1m: action policy web, type restart' }, {}, {}],
    });
    expect(summaryText([result])).toBe('0 passed, 1 failed\n');
  });

  it('fails for an action that no expectation speaks of, and for a second one', async () => {
    const [silent, once, allowed] = await results(`
tests:
  - name: nothing
    expect: [{by: 1m, ready: {policy: web}}]
  - name: once
    steps:
      - at: 2m
        patch:
          apiVersion: apps/v1
          kind: Deployment
          name: web
          merge:
            spec:
              template:
                metadata:
                  annotations:
                    sandbox.kubeskippy.io/script: "[{when: {revision: 3}, exit: {after: 2s, code: 1}}]"
    expect: [{by: 1m, action: {type: restart}}, {at: 8m, action: {count: 2}}]
  - name: allowed
    otherActions: allowed
    expect: [{by: 1m, ready: {policy: web}}]
`);
    expect(silent && messages(silent)).toEqual([
      expect.stringMatching(/^no expectation speaks of this action: restart of Deployment\/web /) as string,
    ]);
    expect(once?.misses).toEqual([]);
    expect(allowed?.misses).toEqual([]);
  });

  it('tells what a step could not do', async () => {
    const [result] = await results(`
tests:
  - name: steps
    otherActions: allowed
    objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, datum: {}}]
    steps:
      - {at: 1s, delete: {apiVersion: v1, kind: Pod, name: none}}
      - {at: 2s, approve: {policy: web}}
      - {at: 3s, apply: {apiVersion: v1, kind: Nonsense, metadata: {name: a}}}
    expect: [{by: 1m, ready: {policy: web}}]
`);
    expect(result && messages(result)).toEqual([
      expect.stringMatching(/^at 0s: .*unknown field "datum"/) as string,
      expect.stringMatching(/^at 1s: .*pods "none" not found/) as string,
      'at 2s: no action of policy web waits for approval',
      'at 3s: the cluster has no kind Nonsense of v1',
    ]);
  });

  it('kills the operator, has people decide, and answers queries from its series', async () => {
    const manual = MANIFESTS.map((object) =>
      object.kind === 'HealingPolicy'
        ? {
            ...object,
            spec: {
              ...(object['spec'] as object),
              mode: 'manual',
              triggers: [
                {
                  name: 'errors',
                  type: 'metric',
                  metricTrigger: {
                    query: 'sum by (namespace, deployment) (errors)',
                    operator: '>',
                    threshold: 5,
                    duration: '30s',
                  },
                },
              ],
            },
          }
        : object,
    );
    const [result] = await results(
      `
tests:
  - name: approved
    series: [{series: 'errors{namespace="default",deployment="web"}', values: 0x2 9x40}]
    steps: [{at: 2m, operator: killed}, {at: 3m, approve: {policy: web}}]
    expect:
      - {neverBefore: 1m, firing: {policy: web}}
      - {at: 2m, action: {type: restart, phase: Pending}}
      - {by: 3m20s, action: {type: restart, phase: InProgress}}
`,
      manual,
    );
    expect(result?.misses).toEqual([]);
  });

  it('gives the same each time', async () => {
    const text = 'tests: [{name: twice, otherActions: allowed, expect: [{by: 2m, ready: {policy: web}}]}]';
    const [first] = await results(text);
    const [second] = await results(text);
    expect(second?.timeline).toEqual(first?.timeline);
  });
});

describe('the results', () => {
  it('are JUnit XML, with what XML has no form for shown by its number', async () => {
    const all = await results(`
tests:
  - {name: 'good & "quoted"', otherActions: allowed, expect: [{by: 20s, ready: {policy: web}}]}
  - {name: bad, otherActions: allowed, expect: [{by: 20s, object: {kind: Pod, name: "<a>"}}]}
`);
    const text = junitText(all.map((one) => ({ ...one, file: 'a\u0001_test.yaml' })));
    expect(text).toContain('<testsuites tests="2" failures="1" errors="0" time="0.024">');
    expect(text).toContain(
      '<testcase classname="a\\u0001_test.yaml" name="good &amp; &quot;quoted&quot;" time="0.012"/>',
    );
    expect(text).toContain('object kind Pod, name &lt;a&gt;: never until 20s; at last there was none');
    expect(text).not.toContain('\u0001');
  });
});

describe('a policy that was broken on purpose', () => {
  const text = `
tests:
  - name: one restart
    expect: [{by: 3m, action: {policy: web, type: restart, phase: Succeeded, reason: Verified}}]
`;
  it('is noticed where a test watches what was broken, and is not where none does', async () => {
    const [, policy] = MANIFESTS;
    if (policy === undefined) throw new Error('there is no policy');
    const mutants = mutantsOf(policy);
    expect(mutants.map(({ what }) => what)).toEqual([
      'trigger crashing: conditionTrigger.duration 10s -> 25h',
      'trigger crashing: conditionTrigger.status True -> False',
      'trigger crashing: conditionTrigger.type CrashLoopBackOff -> NoSuchCondition',
      'selector: other labels',
      'selector: another kind',
      'action restart: restart -> delete',
      'mode automatic -> dryrun',
    ]);
    const blind = 'tests: [{name: blind, otherActions: allowed, expect: [{by: 5s, object: {kind: Pod}}]}]';
    const tests = (of: string) => {
      const read = readTestFile(of, MANIFESTS);
      if ('problems' in read) throw new Error(JSON.stringify(read.problems));
      return { file: 'web_test.yaml', folder: '.', text: of, manifests: MANIFESTS, tests: read.file };
    };
    const environment = { clock: systemClock, signal };
    const [duration] = mutants;
    if (duration === undefined) throw new Error('there is no mutant');
    expect(await noticedBy(tests(text), duration, environment)).toBe('one restart');
    expect(await noticedBy(tests(blind), duration, environment)).toBeUndefined();
    const unrelated = '  - {name: unrelated, otherActions: allowed, expect: [{by: 5s, object: {kind: Job}}]}\n';
    const after = text.replace('tests:\n', `tests:\n${unrelated}`);
    expect(await noticedBy(tests(after), duration, environment)).toBe('one restart');
  });

  it('has its metric trigger, its events and its rules broken, too', () => {
    const object = {
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingPolicy',
      metadata: { name: 'many' },
      spec: {
        mode: 'manual',
        selector: { resources: [{ apiVersion: 'v1', kind: 'Node' }] },
        triggers: [
          { name: 'm', metricTrigger: { query: 'x', operator: '<=', threshold: 3 } },
          { name: 'e', eventTrigger: { reason: 'Unhealthy' } },
          { name: 'x', expressionTrigger: { expression: 'true' } },
        ],
        actions: [{ name: 'gone', type: 'delete', priority: 3 }],
        safetyRules: { maxActionsPerHour: 2, protectedResources: [{ kind: 'Node' }], maxUnhealthy: '34%' },
      },
    };
    expect(mutantsOf(object).map(({ what }) => what)).toEqual([
      'trigger m: metricTrigger.threshold 3 -> -1000000000000',
      'trigger m: metricTrigger.operator <= -> >',
      'trigger m: metricTrigger.duration (none) -> 25h',
      'trigger e: eventTrigger.count (none) -> 1000',
      'trigger e: eventTrigger.reason Unhealthy -> NoSuchReason',
      'trigger x: expressionTrigger.expression true -> !(true)',
      'trigger x: expressionTrigger.duration (none) -> 25h',
      'selector: another kind',
      'action gone: delete -> restart',
      'mode manual -> automatic',
      'safetyRules.maxActionsPerHour 2 -> 0',
      'safetyRules.protectedResources [{"kind":"Node"}] -> (none)',
      'safetyRules.maxUnhealthy 34% -> 100%',
    ]);
    const [threshold] = mutantsOf(object);
    expect(threshold?.object['spec']).toMatchObject({
      triggers: [{ metricTrigger: { query: 'x', operator: '<=', threshold: -1e12 } }, {}, {}],
    });
    expect(mutantsOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } })).toEqual([]);
    const shown = { ...object, spec: { ...object.spec, mode: 'monitor', actions: [] } };
    expect(mutantsOf(shown).filter(({ what }) => what.startsWith('mode'))).toEqual([]);
  });
});
