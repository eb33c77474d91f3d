import { describe, expect, it } from 'vitest';
import type { MetricTrigger } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { means, subjectOf } from './subject.ts';

type Target = NonNullable<MetricTrigger['target']>;

const show = (labels: Record<string, string>, target?: Target): string => {
  const found = subjectOf(labels, target);
  return found === undefined ? 'nobody' : [found.kind, found.namespace ?? '', found.name].join('/');
};

describe('the object of a series', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a pod', { namespace: 'shop', pod: 'cart-0', container: 'main' }, 'Pod/shop/cart-0'],
    ['a workload', { namespace: 'shop', deployment: 'cart' }, 'Deployment/shop/cart'],
    ['the pod before the workload', { namespace: 'shop', deployment: 'cart', pod: 'cart-0' }, 'Pod/shop/cart-0'],
    ['a Job', { namespace: 'shop', job_name: 'nightly', job: 'kube-state-metrics' }, 'Job/shop/nightly'],
    [
      'a claim',
      { namespace: 'shop', persistentvolumeclaim: 'data-0', node: 'n1' },
      'PersistentVolumeClaim/shop/data-0',
    ],
    ['a node', { node: 'n1' }, 'Node//n1'],
    ['the node of an instance', { instance: 'n1:9100', job: 'node-exporter' }, 'Node//n1'],
    ['a pod without its namespace', { pod: 'cart-0' }, 'nobody'],
    ['a namespace alone', { namespace: 'shop' }, 'nobody'],
    ['empty labels', { namespace: '', pod: '', node: '' }, 'nobody'],
    [
      'what the exporter said, not the exporter',
      { exported_namespace: 'shop', exported_pod: 'cart-0', namespace: 'monitoring', pod: 'ksm-0', service: 'ksm' },
      'Pod/shop/cart-0',
    ],
    [
      'a workload that the exporter named, beside its own pod',
      { exported_namespace: 'shop', deployment: 'cart', namespace: 'monitoring', pod: 'ksm-0' },
      'Deployment/shop/cart',
    ],
    [
      'an exported pod of which only the exporter has a namespace',
      { exported_pod: 'cart-0', namespace: 'monitoring' },
      'nobody',
    ],
  ])('%s', (_, labels, expected) => {
    expect(show(labels)).toBe(expected);
  });

  it.each<[string, Record<string, string>, Target, string]>([
    [
      'another label',
      { namespace: 'shop', app: 'cart' },
      { kind: 'Deployment', nameLabel: 'app' },
      'Deployment/shop/cart',
    ],
    [
      'another namespace',
      { ns: 'shop', deployment: 'cart' },
      { nameLabel: 'deployment', namespaceLabel: 'ns' },
      'Deployment/shop/cart',
    ],
    [
      'another kind',
      { namespace: 'shop', deployment: 'cart', pod: 'cart-0' },
      { kind: 'Deployment' },
      'Deployment/shop/cart',
    ],
    ['the node of a pod', { namespace: 'shop', pod: 'cart-0', node: 'n1' }, { kind: 'Node' }, 'Node//n1'],
    ['a label of no known kind', { namespace: 'shop', app: 'cart' }, { nameLabel: 'app' }, 'nobody'],
    ['a label that is missing', { namespace: 'shop' }, { kind: 'Deployment', nameLabel: 'app' }, 'nobody'],
  ])('by target: %s', (_, labels, target, expected) => {
    expect(show(labels, target)).toBe(expected);
  });

  it('tells a pod from its predecessor of the same name', () => {
    const uid = '0b6e2f0a-8a5e-4c58-9f9e-0d7c8f0f1a2b';
    expect(subjectOf({ namespace: 'shop', pod: 'cart-0', uid }, undefined)).toEqual({
      kind: 'Pod',
      namespace: 'shop',
      name: 'cart-0',
      uid,
    });
  });
});

describe('what a series means', () => {
  const of = (apiVersion: string, kind: string): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name: 'web', namespace: 'shop', uid: 'this' },
  });
  const labels = { namespace: 'shop', service: 'web' };
  it.each<[string, KubeObject, MetricTrigger['target'], boolean]>([
    ['the Service of Kubernetes', of('v1', 'Service'), undefined, true],
    ['and none of another group that has the same name', of('serving.knative.dev/v1', 'Service'), undefined, false],
    ['unless the trigger names the kind itself', of('serving.knative.dev/v1', 'Service'), { kind: 'Service' }, true],
  ])('%s', (_title, object, override, expected) => {
    expect(means(subjectOf(labels, override), object, override)).toBe(expected);
  });

  it('is not the predecessor of the same name', () => {
    expect(means({ kind: 'Pod', name: 'web', namespace: 'shop', uid: 'before' }, of('v1', 'Pod'), undefined)).toBe(
      false,
    );
  });

  it('is of the group that is named', () => {
    const named = { kind: 'Service', name: 'web', namespace: 'shop', apiVersion: 'serving.knative.dev/v1' };
    expect(
      [of('v1', 'Service'), of('serving.knative.dev/v1', 'Service')].map((one) => means(named, one, undefined)),
    ).toEqual([false, true]);
  });
});
