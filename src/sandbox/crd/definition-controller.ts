/**
 * What the server does with CustomResourceDefinitions once they are stored: accepts their names, serves their versions,
 * and clears out their instances when they are deleted. Works on each change, synchronously; holds nothing that is not
 * derived from the store but the compiled types.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Instant } from '../../std/clock.ts';
import { asList, asObject, asText, at, childOf, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import type { Registry, ResourceType } from '../machinery/registry.ts';
import type { Change, Cluster, Gvr } from '../machinery/cluster.ts';
import { approvalCondition } from './api-approval.ts';
import { bundleErrors } from './conversion-validation.ts';
import { resourceType } from './custom-resource.ts';
import type { ConditionState } from './condition-state.ts';
import { CLEANUP_FINALIZER, conditionOf, isTrue, setCondition } from './definition-strategy.ts';

export const DEFINITIONS: Gvr = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

interface Served {
  readonly spec: unknown;
  readonly names: unknown;
  readonly terminating: boolean;
  readonly types: readonly ResourceType[];
}

export class DefinitionController {
  readonly #cluster: Cluster;
  readonly #registry: Registry;
  readonly #served = new Map<string, Served>();
  /** Watches on instances of definitions that are being deleted. */
  readonly #draining = new Map<string, () => void>();

  constructor(cluster: Cluster, registry: Registry) {
    this.#cluster = cluster;
    this.#registry = registry;
  }

  /** Takes up what is stored and follows changes. Returns the function that ends it. */
  start(): () => void {
    const stop = this.#cluster.subscribe(DEFINITIONS, (change) => this.#changed(change));
    for (const definition of this.#cluster.list(DEFINITIONS)) this.#sync(definition.metadata.name);
    return () => {
      stop();
      for (const end of this.#draining.values()) end();
      this.#draining.clear();
    };
  }

  #changed({ type, object }: Change): void {
    const { name } = object.metadata;
    if (type !== 'DELETED') return this.#sync(name);
    this.#withdraw(name);
    this.#draining.get(name)?.();
    this.#draining.delete(name);
    // The names it held are free now.
    this.#syncGroup(asText(at(object, 'spec', 'group')), name);
  }

  #syncGroup(group: string, except: string): void {
    for (const other of this.#cluster.list(DEFINITIONS)) {
      if (other.metadata.name !== except && at(other, 'spec', 'group') === group && !isTrue(other, 'NamesAccepted'))
        this.#sync(other.metadata.name);
    }
  }

  #sync(name: string): void {
    const definition = this.#cluster.get(DEFINITIONS, { name });
    if (!definition) return;
    // Each of these writes, and the write brings the definition here again for the next.
    if (this.#acceptNames(definition) || this.#establish(definition) || this.#approve(definition)) return;
    this.#serve(definition);
    if (definition.metadata.deletionTimestamp !== undefined) this.#drain(definition);
  }

  #modify(name: string, change: (draft: Draft) => void): boolean {
    const before = this.#cluster.get(DEFINITIONS, { name });
    const after = this.#cluster.modify(
      DEFINITIONS,
      { name },
      (draft) => {
        change(draft);
        return draft;
      },
      'status',
    );
    return after !== undefined && after.metadata.resourceVersion !== before?.metadata.resourceVersion;
  }

  /** Whether names or their condition changed. */
  #acceptNames(definition: KubeObject): boolean {
    if (equalJson(at(definition, 'spec', 'names'), at(definition, 'status', 'acceptedNames'))) return false;
    const { names, state } = this.#judgeNames(definition);
    const known = conditionOf(definition, 'NamesAccepted');
    if (
      equalJson(names, at(definition, 'status', 'acceptedNames')) &&
      known?.['status'] === state.status &&
      known['reason'] === state.reason &&
      known['message'] === state.message
    )
      return false;
    const now = this.#cluster.clock.now();
    return this.#modify(definition.metadata.name, (draft) => {
      childOf(draft, 'status')['acceptedNames'] = names;
      setCondition(draft, state, now);
      if (isTrue(draft, 'Established')) return;
      const accepted = state.status === 'True';
      const message = accepted ? 'the initial names have been accepted' : 'not all names are accepted';
      setCondition(
        draft,
        { type: 'Established', status: 'False', reason: accepted ? 'Installing' : 'NotAccepted', message },
        now,
      );
    });
  }

  /** Which of the names are free in the group. The last conflict found is the one told. */
  #judgeNames(definition: KubeObject): { names: Draft; state: ConditionState } {
    const wanted = asObject(at(definition, 'spec', 'names')) ?? {};
    const held = asObject(at(definition, 'status', 'acceptedNames')) ?? {};
    const { resources, kinds } = this.#takenNames(definition);
    const names: Draft = { ...held };
    let conflict: { reason: string; message: string } | undefined;
    const judge = (field: string, taken: ReadonlySet<string>) => {
      const name = asText(wanted[field]);
      if (name !== asText(held[field]) && taken.has(name))
        conflict = {
          reason: `${field[0]?.toUpperCase()}${field.slice(1)}Conflict`,
          message: `${JSON.stringify(name)} is already in use`,
        };
      else if (wanted[field] !== undefined) names[field] = wanted[field];
    };
    judge('plural', resources);
    judge('singular', resources);
    if (!equalJson(wanted['shortNames'], held['shortNames'])) {
      const mine = asList(held['shortNames']);
      const clashes = asList(wanted['shortNames']).filter(
        (name) => !mine.includes(name) && resources.has(asText(name)),
      );
      const messages = clashes.map((name) => `${JSON.stringify(name)} is already in use`);
      if (messages.length > 0)
        conflict = {
          reason: 'ShortNamesConflict',
          message: messages.length === 1 ? (messages[0] as string) : `[${messages.join(', ')}]`,
        };
      else if (wanted['shortNames'] === undefined) delete names['shortNames'];
      else names['shortNames'] = wanted['shortNames'];
    }
    judge('kind', kinds);
    judge('listKind', kinds);
    if (wanted['categories'] === undefined) delete names['categories'];
    else names['categories'] = wanted['categories'];
    const state: ConditionState = conflict
      ? { type: 'NamesAccepted', status: 'False', ...conflict }
      : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
    return { names, state };
  }

  #takenNames(definition: KubeObject): { resources: Set<string>; kinds: Set<string> } {
    const resources = new Set<string>();
    const kinds = new Set<string>();
    for (const other of this.#cluster.list(DEFINITIONS)) {
      if (at(other, 'spec', 'group') !== at(definition, 'spec', 'group')) continue;
      const names = asObject(at(other, 'status', 'acceptedNames')) ?? {};
      for (const name of [names['plural'], names['singular'], ...asList(names['shortNames'])])
        if (name) resources.add(asText(name));
      for (const name of [names['kind'], names['listKind']]) if (name) kinds.add(asText(name));
    }
    return { resources, kinds };
  }

  #establish(definition: KubeObject): boolean {
    if (!isTrue(definition, 'NamesAccepted') || isTrue(definition, 'Established')) return false;
    const now = this.#cluster.clock.now();
    const state: ConditionState =
      bundleErrors(definition['spec']).length > 0
        ? {
            type: 'Established',
            status: 'False',
            reason: 'InvalidCABundle',
            message: 'The conversion webhook CABundle is invalid',
          }
        : {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          };
    return this.#told(definition, state, now);
  }

  /** Whether that was news. */
  #told(definition: KubeObject, state: ConditionState, now: Instant): boolean {
    const known = conditionOf(definition, state.type);
    const { status, reason, message } = state;
    if (known?.['status'] === status && known['reason'] === reason && known['message'] === message) return false;
    return this.#modify(definition.metadata.name, (draft) => setCondition(draft, state, now));
  }

  #approve(definition: KubeObject): boolean {
    const state = approvalCondition(definition);
    return state !== undefined && this.#told(definition, state, this.#cluster.clock.now());
  }

  /** Registers the versions anew when what they are made of has changed. */
  #serve(definition: KubeObject): void {
    const { name } = definition.metadata;
    if (!isTrue(definition, 'Established')) return;
    const next = {
      spec: definition['spec'],
      names: at(definition, 'status', 'acceptedNames'),
      terminating: definition.metadata.deletionTimestamp !== undefined,
    };
    const known = this.#served.get(name);
    if (
      known &&
      known.terminating === next.terminating &&
      equalJson(known.spec, next.spec) &&
      equalJson(known.names, next.names)
    )
      return;
    const types = objectsOf(at(definition, 'spec', 'versions'))
      .filter((version) => version['served'] === true)
      .map((version) => resourceType({ definition, version }));
    for (const type of known?.types ?? [])
      if (!types.some((served) => served.version === type.version)) this.#registry.remove(type);
    for (const type of types) this.#registry.add(type);
    this.#served.set(name, { ...next, types });
  }

  #withdraw(name: string): void {
    for (const type of this.#served.get(name)?.types ?? []) this.#registry.remove(type);
    this.#served.delete(name);
  }

  /** Deletes the instances; once none is left the definition goes too. */
  #drain(definition: KubeObject): void {
    const { name } = definition.metadata;
    if (!asList(definition.metadata.finalizers).includes(CLEANUP_FINALIZER)) return;
    const type = this.#served.get(name)?.types[0];
    if (!type) return this.#finish(name);
    if (!this.#draining.has(name)) {
      const progress = {
        type: 'Terminating',
        status: 'True',
        reason: 'InstanceDeletionInProgress',
        message: 'CustomResource deletion is in progress',
      } as const;
      const instances = this.#cluster.list(type);
      this.#draining.set(
        name,
        this.#cluster.subscribe(type, (change) => {
          if (change.type === 'DELETED') this.#finishWhenEmpty(name, type);
        }),
      );
      this.#modify(name, (draft) => setCondition(draft, progress, this.#cluster.clock.now()));
      for (const { metadata } of instances)
        this.#cluster.remove(type, {
          name: metadata.name,
          ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        });
    }
    this.#finishWhenEmpty(name, type);
  }

  #finishWhenEmpty(name: string, type: Gvr): void {
    if (this.#cluster.list(type).length === 0) this.#finish(name);
  }

  #finish(name: string): void {
    this.#draining.get(name)?.();
    this.#draining.delete(name);
    this.#cluster.modify(DEFINITIONS, { name }, (draft) => {
      const finalizers = asList(draft.metadata.finalizers);
      if (!finalizers.includes(CLEANUP_FINALIZER)) return undefined;
      draft.metadata.finalizers = finalizers.filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
      return draft;
    });
  }
}
