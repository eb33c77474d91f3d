/**
 * All kinds that an API server serves at the moment, each stored collection once, for controllers that follow
 * everything.
 */
import type { ResourceType } from './machinery/registry.ts';
import type { ApiServer } from './apiserver/server.ts';
import type { Catalog } from './runtime/context.ts';

const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

/** Versions and groups that share their objects appear once; what is not stored (reviews, metrics) does not. */
function stored(server: ApiServer): Map<string, ResourceType> {
  const types = new Map<string, ResourceType>();
  for (const type of server.registry.all()) {
    if (type.storedAs === undefined || types.has(type.storageKey)) continue;
    types.set(type.storageKey, type);
  }
  return types;
}

export function catalogOf(server: ApiServer): Catalog {
  return {
    kinds: () => [...stored(server).values()],
    findKind: (group, version, kind) => server.registry.findKind(group, version, kind),
    subscribeAll(handler) {
      const ends = new Map<string, () => void>();
      const follow = (): void => {
        const now = stored(server);
        for (const [key, type] of now) {
          if (ends.has(key)) continue;
          for (const object of server.cluster.list(type)) handler(type, { type: 'ADDED', object });
          ends.set(
            key,
            server.cluster.subscribe(type, (change) => handler(type, change)),
          );
        }
        for (const [key, end] of ends) {
          if (now.has(key)) continue;
          end();
          ends.delete(key);
        }
      };
      follow();
      // The definition controller registers the kind in its own handler of the same change, or a moment later.
      const stop = server.cluster.subscribe(DEFINITIONS, () => queueMicrotask(follow));
      return () => {
        stop();
        for (const end of ends.values()) end();
        ends.clear();
      };
    },
  };
}
