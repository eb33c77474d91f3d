/** What the API server answers from the kubelets: metrics.k8s.io, logs and `/stats/summary`. */
import { fromTimestamp } from '../../std/clock.ts';
import type { Computed, ResourceType } from '../machinery/registry.ts';
import type { ApiServer } from '../apiserver/server.ts';
import { NODES, PODS } from '../runtime/resources.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import type { Kubelets } from './kubelet.ts';
import { statsSummary } from './stats-summary.ts';

export function serveKubelets(server: ApiServer, kubelets: Kubelets): void {
  const pods = (namespace: string): readonly Pod[] => server.cluster.list(PODS, namespace) as readonly Pod[];
  const nodes = (): readonly Node[] => server.cluster.list(NODES);
  const made = <T, R>(objects: readonly T[], make: (object: T) => R | undefined): readonly R[] =>
    objects.map(make).filter((object) => object !== undefined);

  server.registry.add(
    metricsType('nodes', 'NodeMetrics', {
      get: ({ name }) =>
        made(
          nodes().filter((node) => node.metadata.name === name),
          (node) => kubelets.nodeMetrics(node),
        )[0],
      list: () => made(nodes(), (node) => kubelets.nodeMetrics(node)),
    }),
  );
  server.registry.add(
    metricsType('pods', 'PodMetrics', {
      get: (place) => {
        const pod = server.cluster.get(PODS, place) as Pod | undefined;
        return pod === undefined ? undefined : kubelets.podMetrics(pod);
      },
      list: (namespace) => made(pods(namespace), (pod) => kubelets.podMetrics(pod)),
    }),
  );
  server.serveKubelet((node, path) => {
    if (path !== '/stats/summary') return undefined;
    const now = server.clock.now();
    const here = pods('').filter(({ spec }) => spec.nodeName === node.metadata.name);
    return statsSummary(node, { pods: here, usage: (pod) => kubelets.usage(pod), volumes: kubelets.volumes(now) }, now);
  });
  server.serveLogs((pod, query) => {
    const container = query.get('container') || undefined;
    const sinceSeconds = query.get('sinceSeconds');
    const sinceAt = sinceSeconds
      ? server.clock.now() - Number(sinceSeconds) * 1000
      : fromTimestamp(query.get('sinceTime'));
    const tailLines = query.get('tailLines');
    const limitBytes = query.get('limitBytes');
    return kubelets.log(pod as Pod, {
      previous: query.get('previous') === 'true',
      timestamps: query.get('timestamps') === 'true',
      ...(container === undefined ? {} : { container }),
      ...(sinceAt === undefined ? {} : { sinceAt }),
      ...(tailLines ? { tailLines: Number(tailLines) } : {}),
      ...(limitBytes ? { limitBytes: Number(limitBytes) } : {}),
    });
  });
}

function metricsType(resource: string, kind: string, computed: Computed): ResourceType {
  return {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    resource,
    kind,
    listKind: `${kind}List`,
    singular: '',
    namespaced: resource === 'pods',
    shortNames: [],
    categories: [],
    verbs: ['get', 'list'],
    subresources: [],
    storageKey: `${resource}.metrics.k8s.io`,
    strategy: {},
    computed,
  };
}
