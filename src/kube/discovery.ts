/**
 * Which resource types a server has. Asks for the aggregated document (two requests; Kubernetes ≥ 1.26) and walks group
 * by group where a server does not offer it.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 *
 * Guarantees: one refresh at a time, whoever asks; an unknown kind causes at most one refresh per
 * `REFRESH_INTERVAL_MS`. Caveats: a group whose server is down (an aggregated API) is missing, and named in
 * `unavailable`, until a later refresh. Errors: `KubeError` when /api or /apis cannot be read.
 */
import type { Clock } from '../std/clock.ts';
import { errorOfAnswer, KubeError } from './errors.ts';
import type { KubeClient } from './client.ts';
import { apiVersionOf, type ResourceType } from './resource.ts';

/**
 * A kind that does not exist must not turn every reconcile into two requests; a CRD just created is seen within ten
 * seconds.
 */
const REFRESH_INTERVAL_MS = 10_000;

const AGGREGATED =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

export class Discovery {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  #byKind = new Map<string, ResourceType>();
  #byName = new Map<string, ResourceType>();
  #types: readonly ResourceType[] = [];
  #unavailable: readonly string[] = [];
  #refreshing: Promise<void> | undefined;
  #refreshedAt: number | undefined;

  constructor(client: KubeClient) {
    this.#client = client;
    this.#clock = client.clock;
  }

  /** All types of the last refresh, in the server's order of preference. */
  get types(): readonly ResourceType[] {
    return this.#types;
  }

  /** `group/version`s that could not be read at the last refresh. */
  get unavailable(): readonly string[] {
    return this.#unavailable;
  }

  /** What is known now, without asking the server. */
  known(apiVersion: string, kind: string): ResourceType | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** The type of an apiVersion and kind; undefined when the server has none. */
  async resolve(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    return this.known(apiVersion, kind) ?? ((await this.#refreshIfDue()) ? this.known(apiVersion, kind) : undefined);
  }

  /**
   * As kubectl names types: `pods`, `po`, `Pod`, `pods.v1`, `deployments.apps`, `deployments.v1.apps`; case does not
   * matter.
   */
  async resolveName(name: string): Promise<ResourceType | undefined> {
    const text = name.toLowerCase();
    return this.#byName.get(text) ?? ((await this.#refreshIfDue()) ? this.#byName.get(text) : undefined);
  }

  /** Reads everything anew. Calls at the same time share one refresh. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshIfDue(): Promise<boolean> {
    const due = this.#refreshedAt === undefined || this.#clock.monotonic() - this.#refreshedAt >= REFRESH_INTERVAL_MS;
    if (!due && this.#refreshing === undefined) return false;
    await this.refresh();
    return true;
  }

  async #read(): Promise<void> {
    const [core, named] = await Promise.all([this.#root('/api'), this.#root('/apis')]);
    const failures: string[] = [];
    const types = [...(await this.#typesOf(core, failures)), ...(await this.#typesOf(named, failures))];
    const byKind = new Map<string, ResourceType>();
    const byName = new Map<string, ResourceType>();
    for (const type of types) {
      byKind.set(`${apiVersionOf(type)}/${type.kind}`, type);
      // The first, preferred version and the core group win an ambiguous name.
      for (const name of namesOf(type)) if (!byName.has(name)) byName.set(name, type);
    }
    [this.#types, this.#byKind, this.#byName, this.#unavailable] = [types, byKind, byName, failures];
    this.#refreshedAt = this.#clock.monotonic();
  }

  async #root(path: string): Promise<Root> {
    const request = { method: 'GET', path, headers: { accept: AGGREGATED } } as const;
    let answer = await this.#client.request(request);
    // A server that knows no such parameters may refuse them instead of ignoring them.
    if (answer.status === 406) answer = await this.#client.request({ method: 'GET', path });
    if (answer.status !== 200) {
      throw errorOfAnswer({
        status: answer.status,
        body: answer.value,
        retryAfter: answer.headers['retry-after'],
        what: `GET ${path}`,
      });
    }
    if (typeof answer.value !== 'object' || answer.value === null) {
      throw new KubeError(`GET ${path}: the answer is not a discovery document`, {
        code: 'Malformed',
        delivered: 'yes',
        status: 200,
      });
    }
    return answer.value;
  }

  async #typesOf(root: Root, failures: string[]): Promise<ResourceType[]> {
    if (root.kind === 'APIGroupDiscoveryList') return typesOfAggregated(root, failures);
    const groupVersions = [...(root.versions ?? []), ...(root.groups ?? []).flatMap(preferredFirst)];
    const lists = await Promise.all(groupVersions.map((groupVersion) => this.#groupVersion(groupVersion, failures)));
    return lists.flat();
  }

  async #groupVersion(groupVersion: string, failures: string[]): Promise<ResourceType[]> {
    const path = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
    const answer = await this.#client.request({ method: 'GET', path });
    if (answer.status !== 200 || typeof answer.value !== 'object' || answer.value === null) {
      failures.push(groupVersion);
      return [];
    }
    return typesOfResourceList(
      groupVersion,
      (answer.value as { resources?: readonly LegacyResource[] }).resources ?? [],
    );
  }
}

interface LegacyGroup {
  readonly preferredVersion?: { readonly groupVersion: string };
  readonly versions?: readonly { readonly groupVersion: string }[];
}

interface LegacyResource {
  /** `pods`, and `pods/status` for a subresource. */
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
}

interface AggregatedResource {
  readonly resource: string;
  readonly responseKind?: { readonly kind?: string };
  readonly scope: 'Cluster' | 'Namespaced';
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string }[];
}

interface AggregatedGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    readonly freshness?: string;
    readonly resources?: readonly AggregatedResource[];
  }[];
}

/** Any of APIGroupDiscoveryList, APIVersions and APIGroupList. */
interface Root {
  readonly kind?: string;
  readonly items?: readonly AggregatedGroup[];
  readonly versions?: readonly string[];
  readonly groups?: readonly LegacyGroup[];
}

function typesOfAggregated(root: Root, failures: string[]): ResourceType[] {
  const types: ResourceType[] = [];
  for (const group of root.items ?? []) {
    const name = group.metadata?.name ?? '';
    for (const { version, freshness, resources } of group.versions ?? []) {
      if (freshness === 'Stale' && (resources ?? []).length === 0)
        failures.push(name === '' ? version : `${name}/${version}`);
      for (const resource of resources ?? []) {
        types.push({
          group: name,
          version,
          kind: resource.responseKind?.kind ?? '',
          resource: resource.resource,
          namespaced: resource.scope === 'Namespaced',
          verbs: resource.verbs ?? [],
          subresources: (resource.subresources ?? []).map((sub) => sub.subresource),
          shortNames: resource.shortNames ?? [],
        });
      }
    }
  }
  return types;
}

function typesOfResourceList(groupVersion: string, resources: readonly LegacyResource[]): ResourceType[] {
  const slash = groupVersion.indexOf('/');
  const group = slash < 0 ? '' : groupVersion.slice(0, slash);
  const version = groupVersion.slice(slash + 1);
  const subresources = new Map<string, string[]>();
  for (const { name } of resources) {
    const cut = name.indexOf('/');
    if (cut < 0) continue;
    const of = name.slice(0, cut);
    subresources.set(of, [...(subresources.get(of) ?? []), name.slice(cut + 1)]);
  }
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs = [], shortNames = [] }) => {
      return {
        group,
        version,
        kind,
        resource: name,
        namespaced,
        verbs,
        subresources: subresources.get(name) ?? [],
        shortNames,
      };
    });
}

function preferredFirst(group: LegacyGroup): string[] {
  const preferred = group.preferredVersion?.groupVersion;
  const all = (group.versions ?? []).map((version) => version.groupVersion);
  return preferred === undefined ? all : [preferred, ...all.filter((version) => version !== preferred)];
}

function namesOf(type: ResourceType): string[] {
  const bare = [type.resource, type.kind.toLowerCase(), ...type.shortNames];
  const suffixes = type.group === '' ? [`.${type.version}`] : [`.${type.group}`, `.${type.version}.${type.group}`];
  return [...bare, ...suffixes.flatMap((suffix) => bare.map((name) => name + suffix))];
}
