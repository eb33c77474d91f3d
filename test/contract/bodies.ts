/** Paths and objects that the cases share. */
import type { Step } from './case.ts';

export const CM = '/api/v1/namespaces/{ns}/configmaps';
export const DEPLOY = '/apis/apps/v1/namespaces/{ns}/deployments';
export const PODS = '/api/v1/namespaces/{ns}/pods';
export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const WIDGETS = '/apis/{id}.contract.test/v1/namespaces/{ns}/widgets';

export const configMap = (name: string, more: Readonly<Record<string, unknown>> = {}, meta: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...meta },
  ...more,
});
export const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  // Paused: its controller makes nothing, so that the answers are the server's alone.
  metadata: { name: 'd' },
  spec: {
    replicas,
    paused: true,
    selector: { matchLabels: { app: 'd' } },
    template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] } },
  },
});
export const pod = (name: string, meta: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...meta },
  // No node has this label: nothing binds or runs it.
  spec: {
    automountServiceAccountToken: false,
    nodeSelector: { 'contract.test/none': 'here' },
    containers: [{ name: 'main', image: 'registry.example/app:1' }],
  },
});
export const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.{id}.contract.test' },
  spec: {
    group: '{id}.contract.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer', minimum: 1, default: 3 }, colour: { type: 'string', enum: ['red', 'blue'] } },
              },
              status: { type: 'object', properties: { ready: { type: 'boolean' } } },
            },
          },
        },
        subresources: { status: {} },
      },
    ],
  },
};
export const widget = (spec: Readonly<Record<string, unknown>>) => ({
  apiVersion: '{id}.contract.test/v1',
  kind: 'Widget',
  metadata: { name: 'a' },
  spec,
});
export const makeDefinition: readonly Step[] = [
  { method: 'POST', path: CRDS, body: definition, status: 201 },
  { method: 'GET', path: WIDGETS, status: 200, expect: { kind: 'WidgetList' }, eventually: true },
];
export const dropDefinition: Step = { method: 'DELETE', path: `${CRDS}/widgets.{id}.contract.test`, status: 200 };
export const make = (body: unknown, path = CM): Step => ({ method: 'POST', path, body, status: 201 });
