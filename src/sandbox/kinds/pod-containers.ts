/** Containers of a pod, in the order in which k8s.io/kubernetes/pkg/apis/core/validation looks at their fields. */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  required,
} from '../machinery/field-errors.ts';
import { asList, asNumber, asText, at, type Draft, isObject } from '../machinery/json.ts';
import { type FieldCheck, ofEach, ofGiven, together } from '../machinery/together.ts';
import { dnsLabelProblems, dnsSubdomainProblems } from '../../std/names.ts';
import { oneOf, portNameProblems, portNumber, textErrors } from './field-checks.ts';
import { hookErrors, PROBES } from './pod-handlers.ts';
import {
  backstepErrors,
  descendingPathErrors,
  ENV_FIELDS,
  fieldRefErrors,
  keyRefErrors,
  resourceRefErrors,
} from './pod-references.ts';
import { resourceErrors } from './pod-resources.ts';
import { containerRestartErrors, initRestartErrors } from './pod-restarts.ts';
import { containerSecurityErrors } from './pod-security.ts';

const draftsOf = (list: unknown): readonly Draft[] => asList(list).map((item) => (isObject(item) ? item : {}));

export interface PodFrame {
  readonly spec: Draft;
  /** Of the spec. */
  readonly path: string;
  readonly volumes: ReadonlyMap<string, Draft>;
  /** Names of the pod's claims of devices. */
  readonly claims: ReadonlySet<string>;
}

function portErrors(ports: unknown, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of draftsOf(ports).entries()) {
    const field = `${path}[${index}]`;
    const name = asText(port['name']);
    if (name !== '') {
      const problems = portNameProblems(name);
      errors.push(...problems.map((problem) => invalidValue(`${field}.name`, name, problem)));
      if (problems.length === 0 && names.has(name)) errors.push(duplicate(`${field}.name`, name));
      else if (problems.length === 0) names.add(name);
    }
    if ((port['containerPort'] ?? 0) === 0) errors.push(required(`${field}.containerPort`));
    else errors.push(...portNumber(port['containerPort'], `${field}.containerPort`));
    if ((port['hostPort'] ?? 0) !== 0) errors.push(...portNumber(port['hostPort'], `${field}.hostPort`));
    errors.push(...oneOf(port['protocol'], `${field}.protocol`, ['SCTP', 'TCP', 'UDP']));
  }
  return errors;
}

const envNameProblems = (name: string): readonly string[] =>
  /^[ -<>-~]+$/.test(name)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

/** In the order in which they are looked at. */
const ENV_SOURCES: Readonly<Record<string, (ref: Draft, path: string) => readonly FieldError[]>> = {
  fieldRef: (ref, path) => fieldRefErrors(ref, ENV_FIELDS, path),
  resourceFieldRef: resourceRefErrors,
  configMapKeyRef: keyRefErrors,
  secretKeyRef: keyRefErrors,
  fileKeyRef: fileRefErrors,
};

function fileRefErrors(ref: Draft, path: string): readonly FieldError[] {
  const field = (name: string, problemsOf: (value: string, field: string) => readonly FieldError[]) => {
    const value = asText(ref[name]);
    return value === '' ? [required(`${path}.${name}`)] : problemsOf(value, `${path}.${name}`);
  };
  return [
    ...field('key', (value, place) => textErrors(value, place, envNameProblems)),
    ...field('volumeName', (value, place) => textErrors(value, place, dnsLabelProblems)),
    ...field('path', backstepErrors),
  ];
}

function envErrors(env: unknown, path: string): readonly FieldError[] {
  return draftsOf(env).flatMap((variable, index) => {
    const name = asText(variable['name']);
    const field = `${path}[${index}].valueFrom`;
    const from = variable['valueFrom'];
    const errors: FieldError[] =
      name === ''
        ? [required(`${path}[${index}].name`)]
        : [...textErrors(name, `${path}[${index}].name`, envNameProblems)];
    if (!isObject(from)) return errors;
    const given = Object.keys(ENV_SOURCES).filter((source) => isObject(from[source]));
    for (const source of given)
      errors.push(...(ENV_SOURCES[source]?.(from[source] as Draft, `${field}.${source}`) ?? []));
    if (given.length === 0)
      errors.push(
        invalidValue(
          field,
          '',
          'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
        ),
      );
    else if (asText(variable['value']) !== '')
      errors.push(invalidValue(field, '', 'may not be specified when `value` is not empty'));
    else if (given.length > 1)
      errors.push(invalidValue(field, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}

function envFromErrors(sources: unknown, path: string): readonly FieldError[] {
  return draftsOf(sources).flatMap((source, index) => {
    const field = `${path}[${index}]`;
    const prefix = asText(source['prefix']);
    const errors: FieldError[] = prefix === '' ? [] : [...textErrors(prefix, `${field}.prefix`, envNameProblems)];
    const given = ['configMapRef', 'secretRef'].filter((ref) => isObject(source[ref]));
    for (const ref of given) {
      const name = asText(at(source, ref, 'name'));
      const place = `${field}.${ref}.name`;
      // Names are looked at as prefixes, which may end in a dash.
      errors.push(
        ...(name === ''
          ? [required(place)]
          : textErrors(name, place, (text) => dnsSubdomainProblems(text.replace(/-$/, 'a')))),
      );
    }
    if (given.length === 0) errors.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (given.length > 1)
      errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}

function mountPropagationErrors(mount: Draft, container: Draft, path: string): readonly FieldError[] {
  const mode = mount['mountPropagation'];
  const errors: FieldError[] = [];
  if (mode !== undefined)
    errors.push(...oneOf(mode, `${path}.mountPropagation`, ['Bidirectional', 'HostToContainer', 'None']));
  if (mode === 'Bidirectional' && at(container, 'securityContext', 'privileged') !== true) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push(forbiddenField(`${path}.mountPropagation`, detail));
  }
  const recursive = mount['recursiveReadOnly'];
  if (recursive === undefined || recursive === 'Disabled') return errors;
  const field = `${path}.recursiveReadOnly`;
  if (recursive !== 'Enabled' && recursive !== 'IfPossible')
    return [...errors, ...oneOf(recursive, field, ['Disabled', 'Enabled', 'IfPossible'])];
  if (mount['readOnly'] !== true) errors.push(forbiddenField(field, 'may only be specified when readOnly is true'));
  if (mode !== undefined && mode !== 'None')
    errors.push(forbiddenField(field, 'may only be specified when mountPropagation is None or not specified'));
  return errors;
}

function mountErrors(container: Draft, path: string, volumes: ReadonlyMap<string, Draft>): readonly FieldError[] {
  if (container['volumeMounts'] === undefined) return [];
  const paths = new Set<string>();
  const devices = draftsOf(container['volumeDevices']);
  return draftsOf(container['volumeMounts']).flatMap((mount, index) => {
    const field = `${path}[${index}]`;
    const [name, mountPath, subPath, subPathExpr] = ['name', 'mountPath', 'subPath', 'subPathExpr'].map((key) =>
      asText(mount[key]),
    ) as [string, string, string, string];
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${field}.name`));
    if (!volumes.has(name)) errors.push(notFoundValue(`${field}.name`, name));
    if (mountPath === '') errors.push(required(`${field}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalidValue(`${field}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (devices.some((device) => device['name'] === name))
      errors.push(invalidValue(`${field}.name`, name, 'must not already exist in volumeDevices'));
    if (devices.some((device) => device['devicePath'] === mountPath))
      errors.push(invalidValue(`${field}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    // The real server names the list, not the mount.
    if (subPath !== '') errors.push(...descendingPathErrors(subPath, `${path}.subPath`));
    if (subPathExpr !== '') {
      if (subPath !== '')
        errors.push(
          invalidValue(`${field}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
        );
      errors.push(...descendingPathErrors(subPathExpr, `${path}.subPathExpr`));
    }
    return [...errors, ...mountPropagationErrors(mount, container, path)];
  });
}

function deviceErrors(container: Draft, path: string, volumes: ReadonlyMap<string, Draft>): readonly FieldError[] {
  if (container['volumeDevices'] === undefined) return [];
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = draftsOf(container['volumeMounts']);
  return draftsOf(container['volumeDevices']).flatMap((device, index) => {
    const field = `${path}[${index}]`;
    const name = asText(device['name']);
    const devicePath = asText(device['devicePath']);
    const volume = volumes.get(name);
    const errors: FieldError[] = name === '' ? [required(`${field}.name`)] : [];
    if (names.has(name)) errors.push(invalidValue(`${field}.name`, name, 'must be unique'));
    if (volume && !isObject(volume['persistentVolumeClaim']) && !isObject(volume['ephemeral'])) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalidValue(`${field}.name`, name, detail));
    }
    if (!volume) errors.push(notFoundValue(`${field}.name`, name));
    if (devicePath === '') errors.push(required(`${field}.devicePath`));
    const taken = (detail: string) => errors.push(invalidValue(`${field}.devicePath`, devicePath, detail));
    if (paths.has(devicePath)) taken('must be unique');
    if (backstepErrors(devicePath, field).length > 0) taken("can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((mount) => mount['name'] === name))
      errors.push(invalidValue(`${field}.name`, name, 'must not already exist in volumeMounts'));
    if (mounts.some((mount) => mount['mountPath'] === devicePath))
      taken('must not already exist as a path in volumeMounts');
    if (name !== '') names.add(name);
    return errors;
  });
}

function resizeErrors(policies: unknown, path: string, restart: unknown): readonly FieldError[] {
  if (policies === undefined) return [];
  const names = new Set<unknown>();
  return draftsOf(policies).flatMap(({ resourceName, restartPolicy }, index) => {
    const errors: FieldError[] = names.has(resourceName) ? [duplicate(`${path}[${index}]`, resourceName)] : [];
    names.add(resourceName);
    const choice = (value: unknown, supported: readonly string[]) =>
      asText(value) === '' ? [required(path)] : oneOf(value, path, supported);
    errors.push(
      ...choice(resourceName, ['cpu', 'memory']),
      ...choice(restartPolicy, ['NotRequired', 'RestartContainer']),
    );
    if (restart === 'Never' && restartPolicy !== 'NotRequired')
      errors.push(
        invalidValue(path, asText(restartPolicy), "must be 'NotRequired' when pod `restartPolicy` is 'Never'"),
      );
    return errors;
  });
}

const LISTS: readonly FieldCheck<FieldError>[] = [
  ['ports', portErrors],
  ['env', envErrors],
  ['envFrom', envFromErrors],
];

function commonErrors(container: Draft, path: string, { spec, volumes, claims }: PodFrame): readonly FieldError[] {
  const name = asText(container['name']);
  const policy = container['terminationMessagePolicy'];
  return together(
    name === '' ? [required(`${path}.name`)] : textErrors(name, `${path}.name`, dnsLabelProblems),
    asText(container['image']) === '' ? [required(`${path}.image`)] : [],
    oneOf(policy ?? 'File', `${path}.terminationMessagePolicy`, ['File', 'FallbackToLogsOnError']),
    ofGiven(container, path, LISTS),
    mountErrors(container, `${path}.volumeMounts`, volumes),
    deviceErrors(container, `${path}.volumeDevices`, volumes),
    oneOf(container['imagePullPolicy'], `${path}.imagePullPolicy`, ['Always', 'IfNotPresent', 'Never']),
    resourceErrors(container['resources'], `${path}.resources`, claims),
    resizeErrors(container['resizePolicy'], `${path}.resizePolicy`, spec['restartPolicy']),
    containerSecurityErrors(
      container['securityContext'],
      `${path}.securityContext`,
      spec['hostUsers'] === false ? 'own' : 'host',
    ),
  );
}

function hostPortErrors(containers: readonly Draft[], path: string): readonly FieldError[] {
  const taken = new Set<string>();
  return ofEach(containers, (container, index) =>
    ofEach(draftsOf(container['ports']), (port, place) => {
      if ((port['hostPort'] ?? 0) === 0) return [];
      const id = `${asText(port['protocol'])}/${asText(port['hostIP'])}/${String(port['hostPort'])}`;
      const repeated = taken.has(id);
      taken.add(id);
      return repeated ? [duplicate(`${path}[${index}].ports[${place}].hostPort`, id)] : [];
    }),
  );
}

function regularErrors(frame: PodFrame, names: Set<string>, grace: number | undefined): readonly FieldError[] {
  const path = `${frame.path}.containers`;
  const containers = draftsOf(frame.spec['containers']);
  if (containers.length === 0) return [required(path)];
  const each = ofEach(containers, (container, index) => {
    const field = `${path}[${index}]`;
    const name = asText(container['name']);
    const repeated = names.has(name) ? [duplicate(`${field}.name`, name)] : [];
    names.add(name);
    return together(
      commonErrors(container, field, frame),
      repeated,
      hookErrors(container, field, grace),
      containerRestartErrors(container, field),
    );
  });
  return together(each, hostPortErrors(containers, path));
}

function initErrors(frame: PodFrame, names: Set<string>, grace: number | undefined): readonly FieldError[] {
  const path = `${frame.path}.initContainers`;
  return ofEach(draftsOf(frame.spec['initContainers']), (container, index) => {
    const field = `${path}[${index}]`;
    const name = asText(container['name']);
    const errors: FieldError[] = [...commonErrors(container, field, frame), ...initRestartErrors(container, field)];
    if (names.has(name)) errors.push(duplicate(`${field}.name`, name));
    else if (name !== '') names.add(name);
    errors.push(...hostPortErrors([container], path));
    if (container['restartPolicy'] === 'Always') return [...errors, ...hookErrors(container, field, grace)];
    for (const forbidden of ['lifecycle', ...PROBES])
      if (container[forbidden] !== undefined)
        errors.push(
          forbiddenField(`${field}.${forbidden}`, 'may not be set for init containers without restartPolicy=Always'),
        );
    for (const [place, { restartPolicy }] of draftsOf(container['resizePolicy']).entries())
      if (restartPolicy === 'RestartContainer') {
        const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
        errors.push(invalidValue(`${field}.resizePolicy[${place}].restartPolicy`, restartPolicy, detail));
      }
    return errors;
  });
}

const NOT_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  ...PROBES,
  'lifecycle',
];

function ephemeralErrors(frame: PodFrame, names: Set<string>): readonly FieldError[] {
  if (frame.spec['ephemeralContainers'] === undefined) return [];
  const path = `${frame.path}.ephemeralContainers`;
  const others = new Set(names);
  return draftsOf(frame.spec['ephemeralContainers']).flatMap((container, index) => {
    const field = `${path}[${index}]`;
    const name = asText(container['name']);
    const target = asText(container['targetContainerName']);
    const errors: FieldError[] = [...commonErrors(container, field, frame), ...imageErrors(container, field)];
    if (names.has(name)) errors.push(duplicate(`${field}.name`, name));
    names.add(name);
    if (target !== '' && !others.has(target)) errors.push(notFoundValue(`${field}.targetContainerName`, target));
    for (const forbidden of NOT_EPHEMERAL) {
      const value = container[forbidden];
      const empty = value === undefined || (isObject(value) && Object.keys(value).length === 0);
      if (!empty) errors.push(forbiddenField(`${field}.${forbidden}`, 'cannot be set for an Ephemeral Container'));
    }
    for (const [place, mount] of draftsOf(container['volumeMounts']).entries())
      for (const part of ['subPath', 'subPathExpr'])
        if (asText(mount[part]) !== '')
          errors.push(
            forbiddenField(`${field}.volumeMounts[${place}].${part}`, 'cannot be set for an Ephemeral Container'),
          );
    return errors;
  });
}

function imageErrors(container: Draft, path: string): readonly FieldError[] {
  const image = asText(container['image']);
  return image.trim() === image
    ? []
    : [invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace')];
}

/** Of pods alone: a template's image may be a placeholder. */
export function imagesErrors(spec: Draft, path: string): readonly FieldError[] {
  return ofEach(['containers', 'initContainers'], (list) =>
    ofEach(draftsOf(spec[list]), (container, index) => imageErrors(container, `${path}.${list}[${index}]`)),
  );
}

export function containersErrors(frame: PodFrame): readonly FieldError[] {
  const names = new Set<string>();
  const grace = asNumber(frame.spec['terminationGracePeriodSeconds']);
  return together(regularErrors(frame, names, grace), initErrors(frame, names, grace), ephemeralErrors(frame, names));
}
