/** Security contexts of pods and containers. */
import { internalForm } from '../schema/internal-form.ts';
import { duplicate, type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { between, oneOf } from './field-checks.ts';
import { windowsOptionErrors } from './pod-os.ts';
import { descendingPathErrors } from './pod-references.ts';

const MOST_ID = 2_147_483_647;
const id = (holder: Draft, name: string, path: string): readonly FieldError[] =>
  between([0, MOST_ID], holder[name], `${path}.${name}`);

const PROFILES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const SYSCTL = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const MOST_SYSCTL = 253;

function seccompErrors(profile: unknown, path: string): readonly FieldError[] {
  if (!isObject(profile)) return [];
  const { type, localhostProfile: file } = profile;
  const errors: FieldError[] =
    asText(type) === ''
      ? [required(`${path}.type`, 'type is required when seccompProfile is set')]
      : [...oneOf(type, `${path}.type`, PROFILES)];
  const field = `${path}.localhostProfile`;
  if (type === 'Localhost') {
    if (file === undefined) errors.push(required(field, 'must be set when seccomp type is Localhost'));
    else errors.push(...descendingPathErrors(asText(file), field));
  } else if (file !== undefined)
    errors.push(
      invalidValue(
        field,
        internalForm('core/v1.SeccompProfile', profile),
        'can only be set when seccomp type is Localhost',
      ),
    );
  return errors;
}

function appArmorErrors(profile: unknown, path: string): readonly FieldError[] {
  if (!isObject(profile)) return [];
  const { type, localhostProfile: file } = profile;
  const field = `${path}.localhostProfile`;
  if (asText(type) === '') return [required(`${path}.type`, 'type is required when appArmorProfile is set')];
  if (type !== 'Localhost') {
    const misplaced = file !== undefined && PROFILES.includes(asText(type));
    return [
      ...(misplaced ? [invalidValue(field, file, 'can only be set when AppArmor type is Localhost')] : []),
      ...oneOf(type, `${path}.type`, PROFILES),
    ];
  }
  const text = asText(file);
  if (text.trim() !== text) return [invalidValue(field, text, 'must not be padded with whitespace')];
  return text === '' ? [required(field, 'must be set when AppArmor type is Localhost')] : [];
}

/** `users`: whether the pod shares the node's user ids. */
export function containerSecurityErrors(context: unknown, path: string, users: 'host' | 'own'): readonly FieldError[] {
  if (!isObject(context)) return [];
  const errors: FieldError[] = [...id(context, 'runAsUser', path), ...id(context, 'runAsGroup', path)];
  const { procMount, privileged, allowPrivilegeEscalation } = context;
  if (procMount !== undefined) {
    errors.push(...oneOf(procMount, `${path}.procMount`, ['Default', 'Unmasked']));
    if (users === 'host' && procMount === 'Unmasked')
      errors.push(invalidValue(`${path}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  errors.push(...seccompErrors(context['seccompProfile'], `${path}.seccompProfile`));
  if (allowPrivilegeEscalation === false) {
    const refuse = (what: string) =>
      errors.push(
        invalidValue(
          path,
          internalForm('core/v1.SecurityContext', context),
          `cannot set \`allowPrivilegeEscalation\` to false and ${what}`,
        ),
      );
    if (privileged === true) refuse('`privileged` to true');
    if (asList(at(context, 'capabilities', 'add')).includes('CAP_SYS_ADMIN'))
      refuse('`capabilities.Add` CAP_SYS_ADMIN');
  }
  return [
    ...errors,
    ...windowsOptionErrors(context['windowsOptions'], `${path}.windowsOptions`),
    ...appArmorErrors(context['appArmorProfile'], `${path}.appArmorProfile`),
  ];
}

/** Settings of a namespace of the kernel that the pod shares with its node. */
function sharedErrors(name: string, spec: Draft, field: string): readonly FieldError[] {
  const plain = name.replaceAll('/', '.');
  const net = plain.startsWith('net.');
  const ipc = /^(fs\.mqueue\.|kernel\.(shm|msg|sem))/.test(plain);
  const refused = (host: string) => [invalidValue(field, name, `may not be specified when '${host}' is true`)];
  if (net && spec['hostNetwork'] === true) return refused('hostNetwork');
  return ipc && spec['hostIPC'] === true ? refused('hostIPC') : [];
}

function sysctlErrors(sysctls: unknown, spec: Draft, path: string): readonly FieldError[] {
  const names = new Set<string>();
  return objectsOf(sysctls).flatMap((sysctl, index) => {
    const name = asText(sysctl['name']);
    const field = `${path}[${index}].name`;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(field));
    else if (name.length > MOST_SYSCTL || !new RegExp(`^${SYSCTL}$`).test(name))
      errors.push(invalidValue(field, name, `must have at most ${MOST_SYSCTL} characters and match regex ^${SYSCTL}$`));
    else if (names.has(name)) errors.push(duplicate(field, name));
    names.add(name);
    return [...errors, ...sharedErrors(name, spec, field)];
  });
}

export function podSecurityErrors(spec: Draft, path: string): readonly FieldError[] {
  const context = spec['securityContext'];
  // Filled in where it was not given.
  if (!isObject(context) || (Object.keys(context).length === 0 && spec['shareProcessNamespace'] !== true)) return [];
  const errors: FieldError[] = ['fsGroup', 'runAsUser', 'runAsGroup'].flatMap((name) => id(context, name, path));
  for (const [index, group] of asList(context['supplementalGroups']).entries())
    errors.push(...between([0, MOST_ID], group, `${path}.supplementalGroups[${index}]`));
  if (spec['shareProcessNamespace'] === true && spec['hostPID'] === true)
    errors.push(
      invalidValue(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'),
    );
  errors.push(...sysctlErrors(context['sysctls'], spec, `${path}.sysctls`));
  const choice = (name: string, supported: readonly string[]) =>
    context[name] === undefined ? [] : oneOf(context[name], `${path}.${name}`, supported);
  return [
    ...errors,
    ...choice('fsGroupChangePolicy', ['Always', 'OnRootMismatch']),
    ...seccompErrors(context['seccompProfile'], `${path}.seccompProfile`),
    ...windowsOptionErrors(context['windowsOptions'], `${path}.windowsOptions`),
    ...appArmorErrors(context['appArmorProfile'], `${path}.appArmorProfile`),
    ...choice('supplementalGroupsPolicy', ['Merge', 'Strict']),
    // Volumes are mounted with a label only behind a gate that is off by default.
    ...choice('seLinuxChangePolicy', ['Recursive']),
  ];
}
