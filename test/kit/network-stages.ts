/**
 * Stages of a cluster over the network, for examples that are played at the same time in namespaces of their own. All
 * of them see what was read at one time.
 */
import type { KubeClient } from '../../src/kube/client.ts';
import { isKubeError } from '../../src/kube/errors.ts';
import type { ResourceType } from '../../src/kube/resource.ts';
import { DEPLOYMENTS, JOBS, NAMESPACES, NODES, PODS, REPLICA_SETS, STATEFUL_SETS } from '../../src/kube/well-known.ts';
import type { Gvr, MutableObject } from '../../src/sandbox/index.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { Stage } from './example-scenes.ts';

const READ: readonly ResourceType[] = [PODS, NODES, DEPLOYMENTS, STATEFUL_SETS, REPLICA_SETS, JOBS];

export class NetworkStages {
  readonly #client: KubeClient;
  readonly #seen = new Map<string, readonly MutableObject[]>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Reads what its stages show from now on. */
  async look(): Promise<void> {
    await Promise.all(
      READ.map(async (type) => {
        const { items } = await this.#client.list(type, {});
        this.#seen.set(type.resource, items);
      }),
    );
  }

  stage(namespace: string, node: () => string): Stage {
    const all = ({ resource }: Gvr): readonly MutableObject[] => {
      const seen = this.#seen.get(resource);
      if (seen === undefined) throw new Error(`${resource} are not read`);
      return seen;
    };
    return {
      namespace,
      get node() {
        return node();
      },
      get: (gvr, key) =>
        all(gvr).find(({ metadata }) => metadata.name === key.name && metadata.namespace === key.namespace),
      list: (gvr) => all(gvr).filter(({ metadata }) => metadata.namespace === namespace),
      modify: (gvr, key, change, subresource) => this.#modify({ gvr, key, subresource }, change),
    };
  }

  async makeNamespace(name: string): Promise<void> {
    await this.#client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  /** Read and written again, until nobody has written between. */
  async #modify(
    {
      gvr,
      key,
      subresource,
    }: { gvr: Gvr; key: { name: string; namespace?: string }; subresource: 'status' | undefined },
    change: (draft: MutableObject) => MutableObject,
  ): Promise<void> {
    const type = READ.find(({ resource }) => resource === gvr.resource);
    if (type === undefined) throw new Error(`${gvr.resource} are not read`);
    const object = await this.#client.get(type, key);
    try {
      const changed = change(structuredClone(object)) as KubeObject;
      if (subresource === 'status') await this.#client.updateStatus(type, changed);
      else await this.#client.update(type, changed);
    } catch (error) {
      if (!isKubeError(error, 'Conflict')) throw error;
      await this.#modify({ gvr, key, subresource }, change);
    }
  }
}
