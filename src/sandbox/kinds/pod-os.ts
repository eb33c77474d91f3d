/**
 * What only pods of Linux, or of Windows, may say: validateLinux, validateWindows and validateWindowsHostProcessPod of
 * k8s.io/kubernetes/pkg/apis/core/validation.
 */
import { dnsSubdomainProblems } from '../../std/names.ts';
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { oneOf, textErrors } from './field-checks.ts';

export interface Placed {
  readonly container: Draft;
  readonly path: string;
}

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'];

/** All containers of a pod, in the order in which the server visits them. */
export const placedContainers = (spec: Draft, path: string): readonly Placed[] =>
  LISTS.flatMap((list) =>
    objectsOf(spec[list]).map((container, index) => ({ container, path: `${path}.${list}[${index}]` })),
  );

const someContainer = (spec: Draft, is: (container: Draft) => boolean): boolean =>
  LISTS.some((list) => spec[list] !== undefined && objectsOf(spec[list]).some(is));

/** In the order in which they are looked at: fields of the spec, and of its security context. */
const OF_LINUX: readonly (readonly string[])[] = [
  ['securityContext', 'appArmorProfile'],
  ['securityContext', 'seLinuxOptions'],
  ['hostUsers'],
  ['hostPID'],
  ['hostIPC'],
  ['securityContext', 'seccompProfile'],
  ['securityContext', 'fsGroup'],
  ['securityContext', 'fsGroupChangePolicy'],
  ['securityContext', 'sysctls'],
  ['shareProcessNamespace'],
  ['securityContext', 'runAsUser'],
  ['securityContext', 'runAsGroup'],
  ['securityContext', 'supplementalGroups'],
  ['securityContext', 'supplementalGroupsPolicy'],
  ['securityContext', 'seLinuxChangePolicy'],
];
const OF_LINUX_CONTAINERS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
/** These may be set to false, too, and then are set. */
const POINTERS = new Set(['hostUsers', 'shareProcessNamespace']);

function windowsErrors(spec: Draft, path: string): readonly FieldError[] {
  const refused = (field: string) => forbiddenField(field, 'cannot be set for a windows pod');
  return [
    ...OF_LINUX.filter((fields) => {
      const value = at(spec, ...fields);
      return POINTERS.has(fields.join('.')) ? value !== undefined : isSet(value);
    }).map((fields) => refused(`${path}.${fields.join('.')}`)),
    ...placedContainers(spec, path).flatMap(({ container, path: field }) =>
      OF_LINUX_CONTAINERS.filter((name) => at(container, 'securityContext', name) !== undefined).map((name) =>
        refused(`${field}.securityContext.${name}`),
      ),
    ),
  ];
}

function linuxErrors(spec: Draft, path: string): readonly FieldError[] {
  return [{ container: spec, path }, ...placedContainers(spec, path)]
    .filter(({ container }) => isObject(at(container, 'securityContext', 'windowsOptions')))
    .map(({ path: field }) =>
      forbiddenField(`${field}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod'),
    );
}

export function osErrors(spec: Draft, path: string): readonly FieldError[] {
  const { os } = spec;
  if (!isObject(os)) return [];
  const name = asText(os['name']);
  if (name === '') return [required(`${path}.os.name`)];
  if (name === 'linux') return linuxErrors(spec, path);
  return name === 'windows' ? windowsErrors(spec, path) : oneOf(name, `${path}.os`, ['linux', 'windows']);
}

export function hostProcessErrors(spec: Draft, path: string): readonly FieldError[] {
  const own = at(spec, 'securityContext', 'windowsOptions', 'hostProcess');
  const isOfWindows = (container: Draft) => at(container['securityContext'], 'windowsOptions') !== undefined;
  if (own === undefined && !someContainer(spec, isOfWindows)) return [];
  const errors: FieldError[] = [];
  const containers = placedContainers(spec, path);
  const process = containers.filter(({ container, path: field }) => {
    const its = at(container, 'securityContext', 'windowsOptions', 'hostProcess');
    if (own !== undefined && its !== undefined && own !== its) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${JSON.stringify(own)}`;
      errors.push(invalidValue(`${field}.securityContext.windowsOptions.hostProcess`, its, detail));
    }
    return (its ?? own) === true;
  });
  if (process.length === 0) return errors;
  if (process.length !== containers.length) {
    const detail = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalidValue(path, '', detail));
  }
  if (spec['hostNetwork'] !== true) {
    const detail = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalidValue(`${path}.hostNetwork`, false, detail));
  }
  return errors;
}

const MOST_CREDENTIAL_KIB = 64;
const MOST_DOMAIN = 256;
const MOST_USER = 104;
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS_NAME = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);

function userProblems(name: string): readonly string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const [user = '', domain] = parts.toReversed();
  const problems: string[] = [];
  if (domain !== undefined && domain.length >= MOST_DOMAIN)
    problems.push(`runAsUserName's Domain length must be under ${MOST_DOMAIN} characters`);
  if (domain !== undefined && !NET_BIOS.test(domain) && !DNS_NAME.test(domain))
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  else if (user.length > MOST_USER)
    problems.push(`runAsUserName's User length must not be longer than ${MOST_USER} characters`);
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    problems.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  return problems;
}

export function windowsOptionErrors(options: unknown, path: string): readonly FieldError[] {
  if (!isObject(options)) return [];
  const text = (name: string, problemsOf: (value: string) => readonly string[]) =>
    typeof options[name] === 'string' ? textErrors(options[name], `${path}.${name}`, problemsOf) : [];
  return [
    ...text('gmsaCredentialSpecName', dnsSubdomainProblems),
    ...text('gmsaCredentialSpec', (value) => {
      if (value === '') return ['gmsaCredentialSpec cannot be an empty string'];
      const long = Buffer.byteLength(value) > MOST_CREDENTIAL_KIB * 1024;
      return long ? [`gmsaCredentialSpec size must be under ${MOST_CREDENTIAL_KIB} KiB`] : [];
    }),
    ...text('runAsUserName', userProblems),
  ];
}

/** Volumes that a file of variables may lie on. */
export function fileVariableErrors(spec: Draft, path: string): readonly FieldError[] {
  if (!someContainer(spec, (container) => container['env'] !== undefined)) return [];
  const volumes = new Map(objectsOf(spec['volumes']).map((volume) => [asText(volume['name']), volume]));
  return placedContainers(spec, path).flatMap(({ container, path: field }) =>
    asList(container['env']).flatMap((variable, index) => {
      const ref = at(variable, 'valueFrom', 'fileKeyRef');
      if (!isObject(ref)) return [];
      const [name, place] = [asText(ref['volumeName']), `${field}.env[${index}].valueFrom.fileKeyRef.volumeName`];
      const volume = volumes.get(name);
      if (!volume) return [{ type: 'FieldValueNotFound', field: place, badValue: name, detail: '' } as const];
      return isObject(volume['emptyDir'])
        ? []
        : [invalidValue(place, name, 'referenced volume must be of type emptyDir')];
    }),
  );
}
