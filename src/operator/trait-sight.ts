/**
 * What workloads share, as far as it is known: templates and pods stand in the caches, causes come from the looks of
 * the analysis, zones from the labels of nodes. A node that may not be read has no zone.
 */
import type { PodSpec } from '../core/analysis/objects.ts';
import { podHealth } from '../core/health.ts';
import { partsOf, revisionOf, trait, traitsOfTemplate } from '../core/shared-traits.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { Pod } from '../shapes/workloads.ts';
import { type Clock, fromTimestamp, type Instant } from '../std/clock.ts';
import type { Looks } from './analysis/looks.ts';
import type { PartReader } from './analysis/part-reader.ts';
import type { DependencySight } from './dependency-sight.ts';
import type { RevisionSight } from './revision-sight.ts';
import type { PolicyEntry } from './target/policy-book.ts';
import type { World } from './world.ts';

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesiozone */
const ZONE = 'topology.kubernetes.io/zone';
/** Nodes come and go by the minute; they are read only while many workloads fail. */
const ZONES_MS = 300_000;
/** One page of 15 MB at most. Nodes of a larger cluster that it leaves out have no zone here. */
const MAX_NODES = 1000;

interface Sources {
  readonly clock: Pick<Clock, 'now'>;
  readonly world: Pick<World, 'byUid' | 'chainOf' | 'podsOf' | 'pods'>;
  readonly looks: Pick<Looks, 'of'>;
  readonly dependencies: Pick<DependencySight, 'of'>;
  readonly revisions: Pick<RevisionSight, 'of'>;
  readonly reader: Pick<PartReader, 'list'>;
  readonly signal: AbortSignal;
}

interface Among {
  readonly entries: readonly PolicyEntry[];
  /** Roots of workloads that fail. */
  readonly failing: ReadonlySet<string>;
}

export class TraitSight {
  readonly #from: Sources;
  /** Objects of the caches never change: another version is another object. */
  readonly #ofTemplate = new WeakMap<KubeObject, readonly string[]>();
  #zones: ReadonlyMap<string, string> = new Map();
  #zonesAt: Instant | undefined;

  constructor(from: Sources) {
    this.#from = from;
  }

  /** Of a workload that has failed since then. */
  of(object: KubeObject, since: Instant): readonly string[] {
    this.#wantZones();
    const { world, looks, dependencies } = this.#from;
    const { uid = '' } = object.metadata;
    const ill = world.podsOf(object).filter((pod) => podHealth(pod).state !== 'healthy');
    const nodes = [...new Set(ill.flatMap(({ spec }) => spec?.nodeName ?? []))];
    const zones = [...new Set(nodes.flatMap((node) => this.#zones.get(node) ?? []))];
    const causes = (looks.of(uid, since)?.analysis.findings ?? []).flatMap(({ cause, root }) =>
      root.kind === object.kind && root.name === object.metadata.name
        ? []
        : [trait('cause', `${cause} of ${root.kind} ${[root.namespace, root.name].filter(Boolean).join('/')}`)],
    );
    // Where the images are there, they say nothing: all of a cluster come from one registry as a rule.
    const pulls = ill.some(isUnpulled);
    const made = this.#templateTraits(object);
    return [
      ...dependencies.of([object, ...world.chainOf(object)].at(-1) ?? object),
      ...causes,
      ...nodes.map((node) => trait('node', node)),
      ...zones.map((zone) => trait('zone', zone)),
      ...this.#from.revisions.of({ uid, traits: made }, since),
      ...made.filter((text) => pulls || partsOf(text)?.kind !== 'registry'),
    ];
  }

  /** How many of those that have it are well: pods on a node or in a zone, else workloads that are watched. */
  wellWith(text: string, { entries, failing }: Among): number {
    const { kind, name } = partsOf(text) ?? {};
    const { world } = this.#from;
    if (kind === 'cause' || kind === 'dependency') return 0;
    if (kind === 'node' || kind === 'zone') {
      const on = (node: string): boolean => (kind === 'node' ? node === name : this.#zones.get(node) === name);
      return world.pods
        .list()
        .filter(({ spec }) => spec?.nodeName !== undefined && on(spec.nodeName))
        .filter((pod) => podHealth(pod).state === 'healthy').length;
    }
    const revision = revisionOf(text);
    const well = new Set<string>();
    for (const { targets } of entries)
      for (const { ref, rootUid = ref.uid, standing } of targets.values()) {
        if (standing === 'ended' || failing.has(rootUid) || well.has(rootUid)) continue;
        const object = world.byUid(ref.uid);
        if (object === undefined || !this.#templateTraits(object).includes(revision?.of ?? text)) continue;
        if (revision === undefined || this.#hasBegunSince(object, revision.at)) well.add(rootUid);
      }
    return well.size;
  }

  /** One whose pods have begun before a change runs on what was there before. */
  #hasBegunSince(object: KubeObject, at: Instant): boolean {
    return this.#from.world.podsOf(object).some((pod) => begunAt(pod) >= at);
  }

  /** Of the outermost controller that has a template: a pod and its Deployment share what they were made from. */
  #templateTraits(object: KubeObject): readonly string[] {
    const known = this.#ofTemplate.get(object);
    if (known !== undefined) return known;
    const { world } = this.#from;
    const made = [object, ...world.chainOf(object)].toReversed().find((one) => templateOf(one) !== undefined);
    const spec = made === undefined ? undefined : templateOf(made);
    const traits = spec === undefined ? [] : traitsOfTemplate(spec, object.metadata.namespace ?? '');
    this.#ofTemplate.set(object, traits);
    return traits;
  }

  #wantZones(): void {
    const { clock, reader, signal } = this.#from;
    const now = clock.now();
    if (this.#zonesAt !== undefined && now >= this.#zonesAt && now - this.#zonesAt < ZONES_MS) return;
    this.#zonesAt = now;
    reader.list('Node', { limit: MAX_NODES, signal }).then(
      ({ items }) => {
        this.#zones = new Map(
          items.flatMap(({ metadata: { name, labels } }) => {
            const zone = labels?.[ZONE];
            return zone === undefined ? [] : [[name, zone] as const];
          }),
        );
      },
      // It rejects with the end of the operator alone; what a server refuses is a gap.
      () => undefined,
    );
  }
}

/** When the newest of its containers has begun, or the pod itself. */
const begunAt = ({ metadata, status }: Pod): Instant =>
  Math.max(
    fromTimestamp(metadata.creationTimestamp) ?? 0,
    ...(status?.containerStatuses ?? []).map(({ state }) => fromTimestamp(state?.running?.startedAt) ?? 0),
  );

const PULLING = new Set(['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable']);
const isUnpulled = ({ status }: Pod): boolean =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].some(({ state }) =>
    PULLING.has(state?.waiting?.reason ?? ''),
  );

const templateOf = (object: KubeObject): PodSpec | undefined =>
  (object as { readonly spec?: { readonly template?: { readonly spec?: PodSpec } } }).spec?.template?.spec;
