/** Why a workload is not healed, by the built programs over TLS: `kubectl get`, Events, the log, and `explain`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasOpenssl } from '../kit/certificates.ts';
import { kubectls } from '../kit/kubectl.ts';
import { ProcessCluster, seen } from '../kit/process-cluster.ts';
import { CRASHES, deployment, policy } from '../kit/test-cluster.ts';

const [kubectl] = kubectls();
const missing = kubectl === undefined ? 'kubectl' : hasOpenssl() ? undefined : 'openssl';
if (missing !== undefined) console.log(`skipped: what people read by kubectl over TLS needs ${missing}`);

const triggers = [
  {
    name: 'looping',
    type: 'condition',
    conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '5s' },
  },
];
const POLICY = policy({ triggers, safetyRules: { maxActionsPerHour: 0, requireHealthCheck: true } });

/** Cells of a line that kubectl prints; a message has single spaces. */
const cells = (line: string | undefined): readonly string[] => (line ?? '').trim().split(/ {2,}/);
const words = (text: string): string => text.replace(/\s+/g, ' ');

describe.skipIf(missing !== undefined)('a workload that is left alone', () => {
  let cluster: ProcessCluster;
  const hp = async (...flags: string[]): Promise<readonly string[]> =>
    (await cluster.done('admin', ['get', 'hp', '-n', 'default', ...flags])).trim().split('\n');

  beforeAll(async () => {
    cluster = await ProcessCluster.start({
      kubectl: kubectl ?? { path: '', version: '' },
      byToken: [],
      byCertificate: [],
      install: [],
    });
    await cluster.operate({ evaluationInterval: '1s' });
    for (const object of [deployment('web', CRASHES), deployment('well'), POLICY])
      await cluster.done('admin', ['create', '-f', '-'], object);
    // A crash loop is a crash loop from its second crash on.
    await seen(
      () => hp(),
      ([, line]) => line?.includes('RateLimited') === true,
      60_000,
    );
  }, 120_000);
  afterAll(() => cluster.end());

  it('is counted by `kubectl get hp`, with the reason', async () => {
    const [head, line] = await hp();
    expect(cells(head)).toEqual([
      'NAME',
      'MODE',
      'READY',
      'TARGETS',
      'FIRING',
      'BLOCKED',
      'ACTIONS',
      'LAST ACTION',
      'AGE',
    ]);
    expect(cells(line).slice(0, 7)).toEqual(['crash-loops', 'automatic', 'True', '2', '1', 'RateLimited', '0']);
  });

  it('has the whole sentence in `-o wide`', async () => {
    const [head, line] = await hp('-o', 'wide');
    expect(cells(head).at(-1)).toBe('MESSAGE');
    expect(line).toContain('policy default/crash-loops: 0 of 0 actions in the last hour');
  });

  it('is told by an Event on it, where people look', async () => {
    const out = await seen(
      () => cluster.done('admin', ['describe', 'deployment', 'web', '-n', 'default']),
      (text) => text.includes('HealingBlocked'),
    );
    expect(words(out)).toMatch(
      /HealingBlocked .*Deployment default\/web is not healed \(RateLimited\): policy default/,
    );
  });

  it('is told by one line of the log', async () => {
    const lines = cluster
      .log()
      .split('\n')
      .filter((line) => line.includes('decided: blocked'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('RateLimited: policy default/crash-loops: 0 of 0 actions');
  });

  it('is explained by the program, in text of 80 columns and in JSON', async () => {
    const { code, out } = await cluster.program(['explain', 'deployment/web', '-n', 'default']);
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.length > 80 && line.trim().includes(' '))).toEqual([]);
    expect(words(out)).toContain('decision blocked, RateLimited: policy default/crash-loops: 0 of 0 actions');
    expect(words(out)).toContain('gate RateLimited refuses');
    const json = await cluster.program(['explain', 'deployment/web', '-n', 'default', '-o', 'json']);
    // What it says of its progress stands behind the document.
    expect(JSON.parse(json.out.slice(0, json.out.lastIndexOf(']') + 1))).toMatchObject([
      { by: 'policy default/crash-loops', explanation: { triggers: [{ trigger: 'looping', stage: 'firing' }] } },
    ]);
  }, 60_000);

  it('stands beside one that is well, of which `explain` says so', async () => {
    const { out } = await cluster.program(['explain', 'deployment/well', '-n', 'default']);
    expect(words(out)).toContain('decision nothing: no trigger fires for Deployment default/well');
  }, 60_000);
});
