/**
 * The API server's verbs for the sandbox's own parts: synchronous, by no request, as an administrator. With `asking`
 * webhooks are asked: a write that has to wait for one throws Suspended, and is to be made again.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';
import type { Change, Cluster, Gvr, Key, MutableObject } from '../machinery/cluster.ts';
import type { HeldWrites } from '../outside/attempts.ts';
import { isApiError, notFound } from '../machinery/errors.ts';
import { SYSTEM_ADMIN } from '../machinery/identity.ts';
import { asText, type Draft, thaw } from '../machinery/json.ts';
import { collectionOf, type Machinery, prefixOf, type RequestTerms, served, toStored } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { keyText } from '../machinery/store.ts';
import { createObject } from '../verbs/creates.ts';
import { deleteObject } from '../verbs/deletes.ts';
import { updateObject } from '../verbs/updates.ts';

export class LocalCluster implements Cluster {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly #machinery: Machinery;
  readonly #asking: (() => HeldWrites | undefined) | undefined;

  /** `asking`: undefined while there is nobody to ask. */
  constructor(machinery: Machinery, asking?: () => HeldWrites | undefined) {
    this.clock = machinery.clock;
    this.prng = machinery.prng;
    this.#machinery = machinery;
    this.#asking = asking;
  }

  #write<T>(told: () => readonly unknown[], write: (machinery: Machinery) => T): T {
    const held = this.#asking?.();
    return held === undefined ? write(this.#machinery) : held.run(this.#machinery, JSON.stringify(told()), write);
  }

  #type(gvr: Gvr): ResourceType {
    const type = this.#machinery.registry.find(gvr);
    if (!type) throw notFound({ group: gvr.group, resource: gvr.resource }, '');
    if (!type.custom?.conversion) return type;
    // Who asks no webhook works with the version that is stored.
    const [group = '', version = ''] = (type.storedAs ?? '').split('/');
    return this.#machinery.registry.find({ group, version, resource: type.resource }) ?? type;
  }

  #terms(): RequestTerms {
    return { user: SYSTEM_ADMIN, dryRun: undefined, manager: '', validation: 'Ignore', warnings: [] };
  }

  get(gvr: Gvr, key: Key): KubeObject | undefined {
    const type = this.#type(gvr);
    const stored = collectionOf(this.#machinery, type).get(
      keyText(type.namespaced ? key.namespace : undefined, key.name),
    );
    return stored && served(type, stored);
  }

  list(gvr: Gvr, namespace = ''): readonly KubeObject[] {
    const type = this.#type(gvr);
    const found: KubeObject[] = [];
    for (const [, object] of collectionOf(this.#machinery, type).scan(prefixOf(type, namespace)))
      found.push(served(type, object));
    return found;
  }

  ownedBy(gvr: Gvr, ownerUid: string): readonly KubeObject[] {
    const type = this.#type(gvr);
    return collectionOf(this.#machinery, type)
      .ownedBy(ownerUid)
      .map((object) => served(type, object));
  }

  create(gvr: Gvr, input: KubeObject): KubeObject {
    return this.#write(
      () => ['create', gvr, input],
      (machinery) => {
        const object = thaw({ ...input }) as Draft;
        return createObject(machinery, this.#terms(), {
          type: this.#type(gvr),
          namespace: asText(metaOf(object)['namespace']),
          object,
        });
      },
    );
  }

  restore(gvr: Gvr, input: KubeObject): KubeObject {
    const type = this.#type(gvr);
    const { name, namespace } = input.metadata;
    const key = keyText(type.namespaced ? namespace : undefined, name);
    const stored = toStored(type, thaw({ ...input }));
    return served(type, collectionOf(this.#machinery, type).put(key, stored));
  }

  update(gvr: Gvr, input: KubeObject, subresource: 'status' | '' = ''): KubeObject {
    return this.#replace(gvr, thaw({ ...input }), subresource);
  }

  // oxlint-disable-next-line max-params -- as Cluster has it; the last one is rarely given
  modify(
    gvr: Gvr,
    key: Key,
    change: (draft: MutableObject) => MutableObject | undefined,
    subresource: 'status' | 'binding' | 'finalize' | '' = '',
  ): KubeObject | undefined {
    const present = this.get(gvr, key);
    if (!present) return undefined;
    const draft = change(thaw({ ...present }));
    if (!draft) return present;
    return this.#replace(gvr, draft, subresource);
  }

  #replace(gvr: Gvr, object: KubeObject, subresource: string): KubeObject {
    const { name, namespace = '' } = object.metadata;
    return this.#write(
      () => ['update', gvr, subresource, object],
      (machinery) =>
        updateObject(machinery, this.#terms(), {
          type: this.#type(gvr),
          namespace,
          name,
          subresource,
          change: () => object,
        }).object,
    );
  }

  remove(gvr: Gvr, key: Key, options: Parameters<Cluster['remove']>[2] = {}): void {
    try {
      this.#write(
        () => ['delete', gvr, key, options],
        (machinery) =>
          deleteObject(machinery, this.#terms(), {
            type: this.#type(gvr),
            namespace: key.namespace ?? '',
            name: key.name,
            options: { ...options, raw: {} },
          }),
      );
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
    }
  }

  subscribe(gvr: Gvr, handler: (change: Change) => void): () => void {
    const type = this.#type(gvr);
    return collectionOf(this.#machinery, type).subscribe((change) =>
      handler({
        type: change.type,
        object: served(type, change.object),
        ...(change.old ? { old: served(type, change.old) } : {}),
      }),
    );
  }
}
