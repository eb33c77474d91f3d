/**
 * The Pod Security Standards, check by check, as of this version of Kubernetes; older versions that a namespace pins
 * differ where a check says so. After k8s.io/pod-security-admission/policy.
 */
import { SECCOMP_CONTAINER, SECCOMP_POD } from '../kinds/pod-annotations.ts';
import { asList, asNumber, asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import { NEWER_CHECKS } from './pod-security-versions.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';

export interface CheckedPod {
  readonly spec: Draft;
  readonly annotations: Draft;
  /** Init containers, containers, ephemeral ones. */
  readonly containers: readonly Draft[];
  /** Minor version of the standards, at most the newest that this server knows. */
  readonly minor: number;
}

/** Why a pod does not pass; undefined: it does. */
export interface Failure {
  readonly reason: string;
  readonly detail: string;
}

export type Check = (pod: CheckedPod) => Failure | undefined;

export const plural = (one: string, count: number): string => (count === 1 ? one : `${one}s`);
export const quoted = (items: readonly string[]): string => items.map((item) => `"${item}"`).join(', ');
export const containersText = (names: readonly string[]): string =>
  `${plural('container', names.length)} ${quoted(names)}`;
export const sortedSet = (items: readonly string[]): readonly string[] => [...new Set(items)].sort();
export const namesWhere = (pod: CheckedPod, test: (container: Draft) => boolean): readonly string[] =>
  pod.containers.filter(test).map((container) => asText(container['name']));

const context = (holder: Draft, ...path: readonly string[]): unknown => at(holder, 'securityContext', ...path);
const isWindows = ({ spec }: CheckedPod): boolean => at(spec, 'os', 'name') === 'windows';
/** Since 1.35 a pod in a user namespace of its own may be root in it. */
const isApart = ({ spec, minor }: CheckedPod): boolean => minor >= 35 && spec['hostUsers'] === false;

/** Who set a forbidden value: the pod, some containers, or both. */
function setters(pod: CheckedPod, isBad: (holder: Draft) => boolean): readonly string[] {
  const names = namesWhere(pod, isBad);
  return [...(isBad(pod.spec) ? ['pod'] : []), ...(names.length > 0 ? [containersText(names)] : [])];
}

const valuesOf = (pod: CheckedPod, ...path: readonly string[]): readonly string[] =>
  [pod.spec, ...pod.containers].map((holder) => asText(context(holder, ...path)));

const allowPrivilegeEscalation: Check = (pod) => {
  if (pod.minor >= 25 && isWindows(pod)) return undefined;
  const bad = namesWhere(pod, (each) => context(each, 'allowPrivilegeEscalation') !== false);
  return bad.length === 0
    ? undefined
    : {
        reason: 'allowPrivilegeEscalation != false',
        detail: `${containersText(bad)} must set securityContext.allowPrivilegeEscalation=false`,
      };
};

const ARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';

const appArmorProfile: Check = (pod) => {
  const path = ['appArmorProfile', 'type'] as const;
  const isBad = (holder: Draft) =>
    context(holder, 'appArmorProfile') !== undefined &&
    !['RuntimeDefault', 'Localhost'].includes(asText(context(holder, ...path)));
  const annotations = Object.entries(pod.annotations)
    .filter(
      ([key, value]) => key.startsWith(ARMOR_PREFIX) && !/^(|runtime\/default|localhost\/.*)$/s.test(asText(value)),
    )
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const who = [...setters(pod, isBad), ...(annotations.length > 0 ? [plural('annotation', annotations.length)] : [])];
  if (who.length === 0) return undefined;
  const values = [
    ...sortedSet([pod.spec, ...pod.containers].filter(isBad).map((holder) => asText(context(holder, ...path)))),
    ...annotations,
  ];
  return {
    reason: plural('forbidden AppArmor profile', values.length),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

const DEFAULT_CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const added = (container: Draft): readonly string[] => asList(context(container, 'capabilities', 'add')).map(asText);

const capabilitiesBaseline: Check = (pod) => {
  const odd = (each: Draft) => added(each).filter((name) => !DEFAULT_CAPABILITIES.has(name));
  const bad = namesWhere(pod, (each) => odd(each).length > 0);
  if (bad.length === 0) return undefined;
  const names = quoted(sortedSet(pod.containers.flatMap(odd)));
  return {
    reason: 'non-default capabilities',
    detail: `${containersText(bad)} must not include ${names} in securityContext.capabilities.add`,
  };
};

const capabilitiesRestricted: Check = (pod) => {
  if (pod.minor >= 25 && isWindows(pod)) return undefined;
  const odd = (each: Draft) => added(each).filter((name) => name !== 'NET_BIND_SERVICE');
  const keeping = namesWhere(pod, (each) => !asList(context(each, 'capabilities', 'drop')).includes('ALL'));
  const adding = namesWhere(pod, (each) => odd(each).length > 0);
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [
          `${containersText(adding)} must not include ${quoted(sortedSet(pod.containers.flatMap(odd)))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const hostNamespaces: Check = ({ spec }) => {
  const set = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field] === true);
  return set.length === 0
    ? undefined
    : { reason: 'host namespaces', detail: set.map((field) => `${field}=true`).join(', ') };
};

const hostPathVolumes: Check = ({ spec }) => {
  const names = objectsOf(spec['volumes'])
    .filter((volume) => volume['hostPath'] !== undefined)
    .map((volume) => asText(volume['name']));
  return names.length === 0
    ? undefined
    : { reason: 'hostPath volumes', detail: `${plural('volume', names.length)} ${quoted(names)}` };
};

const hostPorts: Check = (pod) => {
  const used = (each: Draft) =>
    objectsOf(each['ports']).flatMap((port) => (asNumber(port['hostPort']) ? [String(port['hostPort'])] : []));
  const bad = namesWhere(pod, (each) => used(each).length > 0);
  const ports = sortedSet(pod.containers.flatMap(used));
  if (bad.length === 0) return undefined;
  const uses = bad.length === 1 ? 'uses' : 'use';
  return {
    reason: 'hostPort',
    detail: `${containersText(bad)} ${uses} ${plural('hostPort', ports.length)} ${ports.join(', ')}`,
  };
};

const HANDLERS = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
] as const;

const hostProbesAndHostLifecycle: Check = (pod) => {
  const hosts = (each: Draft) =>
    HANDLERS.flatMap((path) =>
      ['httpGet', 'tcpSocket'].map((way) => asText(at(each, ...path, way, 'host'))).filter((host) => host !== ''),
    );
  const bad = sortedSet(namesWhere(pod, (each) => hosts(each).length > 0));
  const named = sortedSet(pod.containers.flatMap(hosts));
  if (bad.length === 0) return undefined;
  const uses = bad.length === 1 ? 'uses' : 'use';
  return {
    reason: 'probe or lifecycle host',
    detail: `${containersText(bad)} ${uses} ${plural('probe or lifecycle host', named.length)} ${quoted(named)}`,
  };
};

const privileged: Check = (pod) => {
  const bad = namesWhere(pod, (each) => context(each, 'privileged') === true);
  return bad.length === 0
    ? undefined
    : { reason: 'privileged', detail: `${containersText(bad)} must not set securityContext.privileged=true` };
};

const procMountAlways: Check = (pod) => {
  const type = (each: Draft) => asText(context(each, 'procMount'));
  const isBad = (each: Draft) => context(each, 'procMount') !== undefined && type(each) !== 'Default';
  const bad = namesWhere(pod, isBad);
  if (bad.length === 0) return undefined;
  const types = quoted(sortedSet(pod.containers.filter(isBad).map(type)));
  return { reason: 'procMount', detail: `${containersText(bad)} must not set securityContext.procMount to ${types}` };
};

const procMount: Check = (pod) => (isApart(pod) ? undefined : procMountAlways(pod));

/** In the order in which the type of a volume is told. */
const FREE_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

const restrictedVolumes: Check = ({ spec }) => {
  const bad = objectsOf(spec['volumes']).filter((volume) => !FREE_VOLUMES.some((type) => volume[type] !== undefined));
  if (bad.length === 0) return undefined;
  const typeOf = (volume: Draft) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
  const types = sortedSet(bad.map(typeOf));
  const uses = bad.length === 1 ? 'uses' : 'use';
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', bad.length)} ${quoted(bad.map((volume) => asText(volume['name'])))} ${uses} ${plural('restricted volume type', types.length)} ${quoted(types)}`,
  };
};

const runAsNonRoot: Check = (pod) => {
  if (isApart(pod)) return undefined;
  const reason = 'runAsNonRoot != true';
  const who = setters(pod, (holder) => context(holder, 'runAsNonRoot') === false);
  if (who.length > 0) return { reason, detail: `${who.join(' and ')} must not set securityContext.runAsNonRoot=false` };
  if (context(pod.spec, 'runAsNonRoot') === true) return undefined;
  const silent = namesWhere(pod, (each) => context(each, 'runAsNonRoot') === undefined);
  return silent.length === 0
    ? undefined
    : { reason, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: Check = (pod) => {
  if (isApart(pod)) return undefined;
  const who = setters(pod, (holder) => context(holder, 'runAsUser') === 0);
  return who.length === 0
    ? undefined
    : { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` };
};

const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t']);

const seLinuxOptions: Check = (pod) => {
  const fits = (type: string) => SELINUX_TYPES.has(type) || (pod.minor >= 31 && type === 'container_engine_t');
  const option = (holder: Draft, name: string) => asText(context(holder, 'seLinuxOptions', name));
  const isBad = (holder: Draft) =>
    !fits(option(holder, 'type')) || option(holder, 'user') !== '' || option(holder, 'role') !== '';
  const who = setters(pod, isBad);
  if (who.length === 0) return undefined;
  const types = sortedSet(valuesOf(pod, 'seLinuxOptions', 'type').filter((type) => !fits(type)));
  const set = (name: string) => valuesOf(pod, 'seLinuxOptions', name).some((value) => value !== '');
  const data = [
    ...(types.length > 0 ? [`${plural('type', types.length)} ${quoted(types)}`] : []),
    ...['user', 'role'].filter(set).map((name) => `${name} may not be set`),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`,
  };
};

/** The minor version that has profiles in fields. */
const SECCOMP_FIELDS = 19;

/** Before it the profiles stood in annotations. */
const seccompAnnotated: Check = ({ annotations, containers }) => {
  const keys = [SECCOMP_POD, ...containers.map((each) => SECCOMP_CONTAINER + asText(each['name']))];
  const isAllowed = (value: string) =>
    value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');
  const bad = keys.filter((key) => annotations[key] !== undefined && !isAllowed(asText(annotations[key])));
  if (bad.length === 0) return undefined;
  const shown = sortedSet(bad.map((key) => `${key}=${JSON.stringify(annotations[key])}`));
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural('annotation', shown.length)} ${shown.join(', ')}`,
  };
};

const seccompSet: Check = (pod) => {
  if (pod.minor < SECCOMP_FIELDS) return seccompAnnotated(pod);
  const type = (holder: Draft) => asText(context(holder, 'seccompProfile', 'type'));
  const isBad = (holder: Draft) =>
    context(holder, 'seccompProfile') !== undefined && !['Localhost', 'RuntimeDefault'].includes(type(holder));
  const who = setters(pod, isBad);
  if (who.length === 0) return undefined;
  const values = quoted(sortedSet([pod.spec, ...pod.containers].filter(isBad).map(type)));
  return {
    reason: 'seccompProfile',
    detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${values}`,
  };
};

const seccompRestricted: Check = (pod) => {
  if (pod.minor >= 25 && isWindows(pod)) return undefined;
  const set = seccompSet(pod);
  if (set || context(pod.spec, 'seccompProfile') !== undefined) return set;
  const silent = namesWhere(pod, (each) => context(each, 'seccompProfile') === undefined);
  return silent.length === 0
    ? undefined
    : {
        reason: 'seccompProfile',
        detail: `pod or ${containersText(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
      };
};

/** Name of a kernel setting → the version that first allowed it. */
const SYSCTLS: Readonly<Record<string, number>> = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};

const sysctls: Check = ({ spec, minor }) => {
  const bad = objectsOf(context(spec, 'sysctls'))
    .map((each) => asText(each['name']))
    .filter((name) => (SYSCTLS[name] ?? Number.POSITIVE_INFINITY) > minor);
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
};

const windowsHostProcess: Check = (pod) => {
  const who = setters(pod, (holder) => context(holder, 'windowsOptions', 'hostProcess') === true);
  return who.length === 0
    ? undefined
    : {
        reason: 'hostProcess',
        detail: `${who.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true`,
      };
};

/** By name, in the order in which failures are told. */
const BASELINE: Readonly<Record<string, Check>> = {
  appArmorProfile,
  capabilities_baseline: capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfile_baseline: seccompSet,
  sysctls,
  windowsHostProcess,
};

/** Name of the check → the one of the baseline that it stands for. */
const RESTRICTED: Readonly<Record<string, readonly [check: Check, instead?: string]>> = {
  allowPrivilegeEscalation: [allowPrivilegeEscalation],
  capabilities_restricted: [capabilitiesRestricted, 'capabilities_baseline'],
  procMount_restricted: [procMountAlways, 'procMount'],
  restrictedVolumes: [restrictedVolumes, 'hostPathVolumes'],
  runAsNonRoot: [runAsNonRoot],
  runAsUser: [runAsUser],
  seccompProfile_restricted: [seccompRestricted, 'seccompProfile_baseline'],
};

export function podSecurityFailures(level: Level, pod: Omit<CheckedPod, 'containers'>): readonly Failure[] {
  if (level === 'privileged') return [];
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    objectsOf(pod.spec[list]),
  );
  const known = (name: string) => (NEWER_CHECKS[name] ?? 0) <= pod.minor;
  const strict = level === 'restricted' ? Object.entries(RESTRICTED).filter(([name]) => known(name)) : [];
  const replaced = new Set(strict.map(([, [, instead]]) => instead));
  const checks = [
    ...Object.entries(BASELINE)
      .filter(([name]) => known(name) && !replaced.has(name))
      .map(([, check]) => check),
    ...strict.map(([, [check]]) => check),
  ];
  return checks.flatMap((check) => check({ ...pod, annotations: asObject(pod.annotations) ?? {}, containers }) ?? []);
}
