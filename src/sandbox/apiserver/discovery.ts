/** What the server says about itself: groups, versions, resources. Made from the registry at each request. */
import { remoteEntry } from './remote-discovery.ts';
import type { RemoteGroup } from './aggregation.ts';
import { createHash } from 'node:crypto';
import { HEALTH_PATHS } from './health.ts';
import { apiVersionOf, type Registry, type ResourceType } from '../machinery/registry.ts';

type Json = Readonly<Record<string, unknown>>;

export const VERSION: Json = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.26',
  compiler: 'gc',
  platform: 'linux/amd64',
};

export const coreVersions = (): Json => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }],
});

export function groupList(registry: Registry, remotes: readonly RemoteGroup[]): Json {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: listedGroups(registry, remotes).map(({ group, remote }) => groupEntry(registry, group, remote)),
  };
}

interface ListedGroup {
  readonly group: string;
  readonly remote: RemoteGroup | undefined;
}

/** Custom groups and those of other servers stand behind the builtin ones, by priority and name. */
function listedGroups(registry: Registry, remotes: readonly RemoteGroup[]): readonly ListedGroup[] {
  const own = namedGroups(registry).map((group) => ({ group, remote: remotes.find((each) => each.group === group) }));
  const others = remotes
    .filter(({ group }) => !registry.hasGroup(group))
    .map((remote) => ({ group: remote.group, remote }));
  if (others.length === 0) return own;
  const priority = ({ remote }: ListedGroup): number => remote?.priority ?? CUSTOM_PRIORITY;
  const builtin = own.filter(({ group }) => !isCustom(registry, group));
  const rest = [...own.filter(({ group }) => isCustom(registry, group)), ...others];
  return [...builtin, ...rest.sort((a, b) => priority(b) - priority(a) || (a.group < b.group ? -1 : 1))];
}

/** groupPriorityMinimum of groups that definitions make. */
const CUSTOM_PRIORITY = 1000;

/** Builtin groups as they were registered, then the custom ones by name. */
function namedGroups(registry: Registry): readonly string[] {
  const groups = registry.groups().filter((group) => group !== '');
  const custom = groups.filter((group) => isCustom(registry, group)).sort();
  return [...groups.filter((group) => !isCustom(registry, group)), ...custom];
}

const isCustom = (registry: Registry, group: string): boolean =>
  registry.versions(group).some((version) => registry.inVersion(group, version).some((type) => type.custom));

function versionsOf(registry: Registry, group: string): readonly string[] {
  const versions = registry.versions(group);
  return isCustom(registry, group) ? [...versions].sort(byPriority) : versions;
}

function groupEntry(registry: Registry, group: string, remote?: RemoteGroup): Json {
  const own = registry.hasGroup(group) ? versionsOf(registry, group) : [];
  const all = new Set([...own, ...(remote?.versions.map(({ version }) => version) ?? [])]);
  const versions = [...all].map((version) => ({
    groupVersion: apiVersionOf({ group, version }),
    version,
  }));
  return { name: group, versions, preferredVersion: versions[0] };
}

/** What `GET /` lists: the paths that have a handler of their own. */
export function rootPaths(registry: Registry): readonly string[] {
  const groups = namedGroups(registry).flatMap((group) => [
    `/apis/${group}`,
    ...registry.versions(group).map((version) => `/apis/${group}/${version}`),
  ]);
  return [...OTHER_PATHS, ...groups, ...HEALTH_PATHS].sort();
}

const OTHER_PATHS = [
  '/.well-known/openid-configuration',
  '/api',
  '/api/v1',
  '/apis',
  '/apis/',
  '/metrics',
  '/metrics/slis',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/version',
];

export const groupDocument = (registry: Registry, group: string, remote?: RemoteGroup): Json => ({
  kind: 'APIGroup',
  apiVersion: 'v1',
  ...groupEntry(registry, group, remote),
});

/** Stable versions before beta before alpha, newer before older, anything else last by name. */
export function byPriority(a: string, b: string): number {
  const rank = (version: string): readonly number[] | undefined => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!match) return undefined;
    return [match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0, Number(match[1]), Number(match[3] ?? 0)];
  };
  const [x, y] = [rank(a), rank(b)];
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : 1;
  for (const [index, value] of x.entries()) if (value !== y[index]) return (y[index] as number) - value;
  return 0;
}

const versionHash = (storedAs: string): string =>
  createHash('sha256').update(storedAs).digest().subarray(0, 8).toString('base64');

const optional = (type: ResourceType): Json => ({
  ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
  ...(type.categories.length > 0 ? { categories: type.categories } : {}),
});

export function resourceList(registry: Registry, group: string, version: string): Json {
  const types = [...registry.inVersion(group, version)];
  if (!types.some((type) => type.custom)) types.sort((a, b) => (a.resource < b.resource ? -1 : 1));
  const resources = types.flatMap((type) => [
    {
      name: type.resource,
      singularName: type.singular,
      namespaced: type.namespaced,
      kind: type.kind,
      verbs: type.verbs,
      ...optional(type),
      ...(type.storedAs ? { storageVersionHash: versionHash(type.storedAs) } : {}),
    },
    ...type.subresources.map(({ name, kind, verbs, group: otherGroup, version: otherVersion }) => ({
      name: `${type.resource}/${name}`,
      singularName: '',
      namespaced: type.namespaced,
      ...(otherGroup ? { group: otherGroup, version: otherVersion } : {}),
      kind,
      verbs,
    })),
  ]);
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources,
  };
}

/** The aggregated form: `/api` has the core group, `/apis` the others. */
export function aggregated(
  { registry, remotes }: { readonly registry: Registry; readonly remotes: readonly RemoteGroup[] },
  which: 'core' | 'named',
  version: string,
): Json {
  const groups = which === 'core' ? [{ group: '', remote: undefined }] : listedGroups(registry, remotes);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, remote }) => ({
      metadata: group === '' ? {} : { name: group },
      versions: [
        ...(registry.hasGroup(group) ? versionsOf(registry, group) : [])
          .filter((name) => !remote?.versions.some((each) => each.version === name))
          .map((name) => ({
            version: name,
            resources: aggregatedResources(registry, group, name),
            freshness: 'Current',
          })),
        ...(remote?.versions.map((each) => remoteEntry(group, each)) ?? []),
      ],
    })),
  };
}

/** Built-in kinds name their group and version only where they are another's: the installer has no more. */
function aggregatedResources(registry: Registry, group: string, version: string): readonly Json[] {
  const types = [...registry.inVersion(group, version)].sort((a, b) =>
    a.custom || b.custom ? 0 : a.resource < b.resource ? -1 : 1,
  );
  return types.map((type) => ({
    resource: type.resource,
    responseKind: type.custom ? { group, version, kind: type.kind } : { group: '', version: '', kind: type.kind },
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs: type.verbs,
    ...optional(type),
    ...(type.subresources.length > 0
      ? {
          subresources: type.subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: {
              group: sub.group ?? (type.custom ? group : ''),
              version: sub.version ?? (type.custom ? version : ''),
              kind: sub.kind,
            },
            verbs: sub.verbs,
          })),
        }
      : {}),
  }));
}
