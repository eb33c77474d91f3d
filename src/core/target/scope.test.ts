import { describe, expect, it } from 'vitest';
import { pod, policyOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { forbiddenNamespaces, namespacesOf, outsideScope } from './scope.ts';

const rules = { clusterPolicyNamespaces: ['ops', 'platform'], operatorNamespace: 'ops' };
const at = (namespace: string, namespaces: readonly string[] = [], selector: Record<string, unknown> = {}) => ({
  ...policyOf({
    selector: { namespaces, resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }], ...selector },
  }),
  namespace,
});

describe('the namespaces that a policy may reach', () => {
  it.each<[string, ReturnType<typeof at>, readonly string[] | undefined, readonly string[]]>([
    ['its own when it names none', at('shop'), ['shop'], []],
    ['its own when it names that', at('shop', ['shop']), ['shop'], []],
    ['no other from an ordinary namespace', at('shop', ['shop', 'bank']), ['shop'], ['bank']],
    ['not all from an ordinary namespace', at('shop', ['*']), [], ['*']],
    ['those it names from a privileged one', at('platform', ['shop', 'bank']), ['shop', 'bank'], []],
    ['its own from a privileged one that names none', at('platform'), ['platform'], []],
    ['all from a privileged one that asks for them', at('platform', ['*']), undefined, []],
    ["all from the operator's own when it names none", at('ops'), undefined, []],
  ])('%s', (_title, policy, namespaces, forbidden) => {
    expect([namespacesOf(policy, rules), forbiddenNamespaces(policy, rules)]).toEqual([namespaces, forbidden]);
  });

  it("the operator's own namespace is nothing special when it is not listed", () => {
    expect(namespacesOf(at('ops', ['*']), { ...rules, clusterPolicyNamespaces: [] })).toEqual([]);
  });
});

const web = workload('Deployment', { metadata: { labels: { app: 'web' } } });
const node: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n-1', uid: 'n' } };
const nodes = { resources: [{ apiVersion: 'v1', kind: 'Node' }] };
const excluding = (...excludeNames: string[]) => ({ apiVersion: 'apps/v1', kind: 'Deployment', excludeNames });

describe('an object is a target of a policy (I27)', () => {
  it.each<[string, ReturnType<typeof at>, KubeObject, string | undefined]>([
    ['when kind, namespace, name and labels fit', at('shop'), web, undefined],
    ['not when its kind is not listed', at('shop'), pod(), 'kind Pod'],
    [
      'not when its kind is listed in another group',
      at('shop'),
      { ...web, apiVersion: 'example.com/v1' },
      'kind Deployment',
    ],
    ['not when nothing is listed (I13)', at('shop', [], { resources: [] }), web, 'kind Deployment'],
    ['not in another namespace', at('bank'), web, 'namespace shop'],
    ['not when its name is excluded', at('shop', [], { resources: [excluding('w*')] }), web, 'excludeNames'],
    [
      'when one of two entries for its kind leaves it in',
      at('shop', [], { resources: [excluding('w*'), excluding()] }),
      web,
      undefined,
    ],
    ['when its labels match', at('shop', [], { labelSelector: { matchLabels: { app: 'web' } } }), web, undefined],
    ['not when they do not', at('shop', [], { labelSelector: { matchLabels: { app: 'db' } } }), web, 'labelSelector'],
    ['when the selector is empty', at('shop', [], { labelSelector: {} }), web, undefined],
    ['a Node, from a privileged namespace', at('platform', [], nodes), node, undefined],
    ['no Node from an ordinary namespace: it lies in none', at('shop', [], nodes), node, 'no namespace'],
  ])('%s', (_title, policy, object, why) => {
    const found = outsideScope(policy, object, rules);
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(why);
  });
});
