import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { type Known, silencesOf, unusedProtections } from './silences.ts';

const known: Known = {
  clusterPolicyNamespaces: ['kubeskippy-system'],
  settings: { endpoints: ['pager'], channels: ['chat'] },
  families: (query) => [query],
};
const said = (spec: object, seen: Known = known): readonly string[] =>
  silencesOf(policyOf({ ...spec }), seen).map(({ path, reason }) => `${reason} ${path}`);

const condition = (type: string) => ({
  triggers: [{ name: 't', type: 'condition', conditionTrigger: { type, status: 'True' } }],
});
const event = (type: string) => ({
  triggers: [{ name: 't', type: 'event', eventTrigger: { reason: 'BackOff', type } }],
});
const metric = (query: string, kinds: readonly string[], target?: object) => ({
  selector: { resources: kinds.map((kind) => ({ apiVersion: 'v1', kind })) },
  triggers: [
    { name: 't', type: 'metric', metricTrigger: { query, operator: '>', threshold: 0, ...(target && { target }) } },
  ],
});
const action = (change: object) => ({ actions: [{ name: 'a', ...change }] });
const protects = (apiVersion: string, kind: string) => ({
  safetyRules: { protectedResources: [{ apiVersion, kind }] },
});
const NEVER = 'NeverFires spec.triggers[t].metricTrigger.query';

describe('a part of a policy that can never do anything', () => {
  it.each<[string, object, readonly string[]]>([
    [
      'a condition with small letters',
      condition('CrashLoopBackoff'),
      ['NeverFires spec.triggers[t].conditionTrigger.type'],
    ],
    ['another one', condition('ready'), ['NeverFires spec.triggers[t].conditionTrigger.type']],
    ['not a condition of another name', condition('Synced'), []],
    [
      'not a condition of a custom resource, which may have any capitals',
      {
        ...condition('ready'),
        selector: { resources: [{ apiVersion: 'example.com/v1', kind: 'Database' }] },
        actions: [{ name: 'a', type: 'delete' }],
      },
      [],
    ],
    ['not a condition as it is written', condition('OOMKilled'), []],
    ['an Event type with small letters', event('warning'), ['NeverFires spec.triggers[t].eventTrigger.type']],
    ['not one as it is written', event('Warning'), []],
    ['not one of a program that has types of its own', event('Error'), []],
    ['series about Jobs for CronJobs', metric('kube_job_failed', ['CronJob']), [NEVER]],
    ['series about pods for claims', metric('kube_pod_status_phase', ['PersistentVolumeClaim']), [NEVER]],
    ['not series about pods for their Deployment', metric('kube_pod_status_phase', ['Deployment']), []],
    ['not series about pods for a custom controller', metric('kube_pod_status_phase', ['Rollout']), []],
    ['not series about ReplicaSets', metric('kube_replicaset_spec_replicas', ['ReplicaSet']), []],
    ['not families that are not known', metric('my_errors', ['CronJob']), []],
    ['not where the trigger says what is meant', metric('kube_job_failed', ['CronJob'], { kind: 'CronJob' }), []],
    [
      'an action for other kinds',
      action({ type: 'restart', kinds: ['StatefulSet'] }),
      ['NeverTaken spec.actions[a].kinds'],
    ],
    ['not one for a selected kind', action({ type: 'restart', kinds: ['StatefulSet', 'Deployment'] }), []],
    [
      'an endpoint that is not configured',
      action({ type: 'webhook', webhookAction: { name: 'pagre' } }),
      ['NeverTaken spec.actions[a].webhookAction.name'],
    ],
    ['not one that is', action({ type: 'webhook', webhookAction: { name: 'pager' } }), []],
    [
      'a channel that is not configured',
      action({ type: 'notify', notifyAction: { channel: 'chta' } }),
      ['NeverTaken spec.actions[a].notifyAction.channel'],
    ],
    [
      'a protection of a kind that is not selected',
      protects('apps/v1', 'StatefulSet'),
      ['ProtectsNothing spec.safetyRules.protectedResources[0].kind'],
    ],
    ['not one of the selected kind', protects('apps/v1', 'Deployment'), []],
    ['not one of a kind that may stand above it', protects('argoproj.io/v1alpha1', 'Application'), []],
    [
      'nodes in an ordinary namespace',
      { selector: { resources: [{ apiVersion: 'v1', kind: 'Node' }] }, actions: [{ name: 'c', type: 'cordon' }] },
      ['MatchesNothing spec.selector.resources[v1/Node]'],
    ],
  ])('%s', (_title, spec, expected) => {
    expect(said(spec)).toEqual(expected);
  });

  it('is not told of by those who do not know the configuration', () => {
    expect(said(action({ type: 'webhook', webhookAction: { name: 'pagre' } }), {})).toEqual([]);
  });

  it('names what was meant', () => {
    expect(silencesOf(policyOf(condition('CrashLoopBackoff')), known)[0]?.message).toBe(
      'no object of the selected kinds has a condition CrashLoopBackoff; write CrashLoopBackOff',
    );
  });
});

describe('rules of protection that match nothing', () => {
  const object = (name: string, labels?: Readonly<Record<string, string>>): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', ...given({ labels }) },
  });
  const unused = (rules: readonly object[], objects: readonly KubeObject[] | undefined) =>
    unusedProtections(policyOf({ safetyRules: { protectedResources: rules } }), () => objects);
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };

  it.each<[string, object, readonly KubeObject[] | undefined, string | undefined]>([
    ['are those with a name that is misspelt', { ...kind, excludeNames: ['pay-*'] }, [object('web')], 'pay-*'],
    [
      'are those whose labels no object has',
      { ...kind, labelSelector: { matchLabels: { tier: 'db' } } },
      [object('web')],
      '[0] (Deployment)',
    ],
    [
      'are not those that match one',
      { ...kind, excludeNames: ['pay-*'] },
      [object('web'), object('pay-api')],
      undefined,
    ],
    ['are not told of kinds that are not watched', { ...kind, excludeNames: ['pay-*'] }, undefined, undefined],
  ])('%s', (_title, rule, objects, words) => {
    const said = unused([rule], objects);
    if (words === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(words);
  });

  it('are counted beyond three', () => {
    const rules = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ ...kind, excludeNames: [name] }));
    expect(unused(rules, [])).toBe(
      'protectedResources[0] (Deployment named a), protectedResources[1] (Deployment named b), protectedResources[2] (Deployment named c) and 2 more of spec.safetyRules match no object, and protect nothing',
    );
  });
});
