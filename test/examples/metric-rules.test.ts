/**
 * Every rule of `examples/metrics` by the whole operator, half an hour and more in virtual time: for whom it fires, and
 * for whom not. The operator has the rights that it is installed with and no others: those for many teams on one stage,
 * those for one team on the other.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { actionTemplateSchema } from '../../src/api/action-template.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import { lintText } from '../../src/cli/lint/lint-files.ts';
import { anyOperator } from '../../src/cli/lint/lint-rules.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { matchesGlob } from '../../src/std/glob.ts';
import { exampleRules, ruleFiles, tableRow } from '../kit/example-rules.ts';
import { CLUSTER_SCENARIOS } from '../kit/rules/cluster.ts';
import { POD_SCENARIOS } from '../kit/rules/pods.ts';
import { type RuleScenario, Stage, STAGE_MINUTES, STAGES, type StageKind } from '../kit/rules/scenario.ts';
import { WORKLOAD_SCENARIOS } from '../kit/rules/workloads.ts';
import { TestCluster } from '../kit/test-cluster.ts';
import { NAMESPACES, POLICIES } from '../kit/resources.ts';

const CLUSTER_ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const SCENARIOS: readonly RuleScenario[] = [...WORKLOAD_SCENARIOS, ...POD_SCENARIOS, ...CLUSTER_SCENARIOS];
const RULES = exampleRules();

/** Of each rule: what it fired for, and whether its queries were answered. */
interface Seen {
  readonly fired: Set<string>;
  lastError: string | undefined;
  ready: string | undefined;
}

const KUBELET_ROLE = parse(
  readFileSync(join(import.meta.dirname, '../../config/rbac/kubelet-metrics.yaml'), 'utf8'),
) as KubeObject;

interface Performed {
  readonly seen: ReadonlyMap<string, Seen>;
  readonly forbidden: readonly string[];
}

async function perform(kind: StageKind): Promise<Performed> {
  const cluster = kind === 'arranged' ? new TestCluster(0, 'off', 'on') : new TestCluster(4, 'on', 'on');
  const timeline: { readonly minute: number; readonly act: () => void }[] = [];
  const seen = new Map<string, Seen>();
  cluster.cluster.subscribe(POLICIES, ({ object }) => note(object, seen));
  cluster.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubeskippy-system' } });
  for (const { rule, set } of SCENARIOS.filter(({ stage }) => stage === kind)) {
    const found = RULES.find(({ policy }) => policy.metadata.name === rule);
    if (found === undefined) continue;
    cluster.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: rule } });
    // Where no controllers run, none makes it.
    if (kind === 'arranged')
      cluster.cluster.create(ACCOUNTS, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { namespace: rule, name: 'default' },
      });
    set(new Stage(cluster.cluster, rule, (minute, act) => timeline.push({ minute, act })));
    // Whether an action heals is another matter; here only what the rule sees counts, for all the time.
    const metadata = { ...found.policy.metadata, namespace: found.policy.metadata.namespace ?? rule };
    cluster.cluster.create(POLICIES, { ...found.policy, metadata, spec: { ...found.policy.spec, mode: 'monitor' } });
  }
  const tenancy = kind === 'arranged' ? 'shared' : 'single';
  const token = await cluster.account(actionRegistry().rules, { tenancy });
  cluster.cluster.create(CLUSTER_ROLES, KUBELET_ROLE);
  const impersonation = { required: tenancy === 'shared', defaultServiceAccount: 'healer' };
  const operator = cluster.operator({ kubelets: 'summary', token, config: { impersonation } });
  let minute = 0;
  for (const event of [
    ...timeline.toSorted((a, b) => a.minute - b.minute),
    { minute: STAGE_MINUTES, act: () => undefined },
  ]) {
    await cluster.clock.advance((event.minute - minute) * 60_000);
    minute = event.minute;
    event.act();
  }
  operator.kill();
  await cluster.sandbox.close();
  return { seen, forbidden: operator.forbidden };
}

function note(policy: KubeObject, seen: Map<string, Seen>): void {
  const status = policy['status'] as PolicyStatus | undefined;
  const of = seen.get(policy.metadata.name) ?? { fired: new Set(), lastError: undefined, ready: undefined };
  seen.set(policy.metadata.name, of);
  for (const { firing = [], lastError } of status?.triggers ?? []) {
    for (const { target } of firing) of.fired.add(`${target.kind}/${target.name}`);
    of.lastError = lastError;
  }
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  of.ready = ready === undefined || ready.status === 'True' ? undefined : `${ready.reason}: ${ready.message}`;
}

describe('the example rules', () => {
  const seen = new Map<string, Seen>();
  const forbidden = new Map<string, readonly string[]>();
  beforeAll(async () => {
    for (const kind of STAGES) {
      const performed = await perform(kind);
      for (const [rule, of] of performed.seen) seen.set(rule, of);
      forbidden.set(kind, performed.forbidden);
    }
  }, 180_000);

  it.each(STAGES)('need no rights but those of the installation, on the stage "%s"', (kind) => {
    expect(forbidden.get(kind)).toEqual([]);
  });

  it('are fifty, and each has its scenario', () => {
    const names = RULES.map(({ policy }) => policy.metadata.name);
    expect(names).toHaveLength(50);
    expect(SCENARIOS.map(({ rule }) => rule).sort()).toEqual([...names].sort());
  });

  it('stand in the table of the page about them', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/metric-rules.md'), 'utf8');
    expect(page.split('\n').filter((line) => line.startsWith('| [`'))).toEqual(RULES.map(tableRow));
  });

  it('ask only for actions that there are', () => {
    const registry = actionRegistry();
    const refused = RULES.flatMap(({ policy }) => policy.spec.actions).filter(
      (action) => 'whyNot' in registry.find(actionTemplateSchema.parse(action)),
    );
    expect(refused).toEqual([]);
  });

  it.each(ruleFiles())('%s has nothing that lint complains about, given kubelets to ask about volumes', (file) => {
    const text = readFileSync(join(import.meta.dirname, '../../examples/metrics', file), 'utf8');
    expect(lintText(file, text, anyOperator({ source: 'embedded', kubeletMetrics: 'summary' })).findings).toEqual([]);
    expect(lintText(file, text, anyOperator({ source: 'prometheus', kubeletMetrics: 'off' })).findings).toEqual([]);
    const withoutKubelets = lintText(file, text, anyOperator({ source: 'embedded', kubeletMetrics: 'off' })).findings;
    expect(withoutKubelets.every(({ message }) => message.includes('kubelet_volume_stats_'))).toBe(true);
    expect(withoutKubelets.length > 0).toBe(file === 'storage.yaml');
  });

  it.each(SCENARIOS)('$rule fires for $fires.0 $fires.1: $fires.2', ({ rule, fires: [kind, name] }) => {
    expect(seen.get(rule)?.ready).toBeUndefined();
    expect(seen.get(rule)?.lastError).toBeUndefined();
    expect([...(seen.get(rule)?.fired ?? [])]).toContain(`${kind}/${name}`);
  });

  it.each(SCENARIOS)('$rule does not fire for $silent.0 $silent.1: $silent.2', ({ rule, fires, silent }) => {
    const fired = [...(seen.get(rule)?.fired ?? [])];
    expect(fired.filter((target) => matchesGlob(`${silent[0]}/${silent[1]}`, target))).toEqual([]);
    expect(fired.filter((target) => target !== `${fires[0]}/${fires[1]}`)).toEqual([]);
  });
});
