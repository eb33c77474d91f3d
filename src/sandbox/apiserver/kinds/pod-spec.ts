/** What a pod's spec, or a template's, may say. In the order in which k8s.io/kubernetes/pkg/apis/core/validation.ValidatePodSpec looks. */
import { parseQuantity } from '../../../std/quantity.ts';
import { duplicate, type FieldError, forbiddenField, invalidValue, notFoundValue, required } from '../field-errors.ts';
import { asList, asNumber, asObject, asText, at, type Draft, isObject, objectsOf } from '../json.ts';
import { dnsLabelProblems } from '../names.ts';
import { aboveZero, atLeastZero, labelMapErrors, oneOf, portNumber } from './field-checks.ts';

const draftsOf = (list: unknown): readonly Draft[] => asList(list).map((item) => (isObject(item) ? item : {}));

/** IANA service names, as ports have them. */
function portNameProblems(name: string): readonly string[] {
  const problems: string[] = [];
  if (name.length > 15) problems.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(name)) problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) problems.push('must contain at least one letter (a-z)');
  if (name.includes('--')) problems.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

function nameErrors(name: string, field: string): readonly FieldError[] {
  return name === '' ? [required(field)] : dnsLabelProblems(name).map((problem) => invalidValue(field, name, problem));
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
      names.add(name);
    }
    if ((port['containerPort'] ?? 0) === 0) errors.push(required(`${field}.containerPort`));
    else errors.push(...portNumber(port['containerPort'], `${field}.containerPort`));
    if ((port['hostPort'] ?? 0) !== 0) errors.push(...portNumber(port['hostPort'], `${field}.hostPort`));
    errors.push(...oneOf(port['protocol'], `${field}.protocol`, ['SCTP', 'TCP', 'UDP']));
  }
  return errors;
}

function envErrors(env: unknown, path: string): readonly FieldError[] {
  return draftsOf(env).flatMap((variable, index) => {
    const name = asText(variable['name']);
    const field = `${path}[${index}].name`;
    if (name === '') return [required(field)];
    const detail = "a valid environment variable name must consist only of printable ASCII characters other than '='";
    if (!/^[ -<>-~]+$/.test(name)) return [invalidValue(field, name, detail)];
    if (asText(variable['value']) === '' || !isObject(variable['valueFrom'])) return [];
    return [invalidValue(`${path}[${index}].valueFrom`, '', 'may not be specified when `value` is not empty')];
  });
}

function mountErrors(mounts: unknown, volumes: ReadonlySet<string>, path: string): readonly FieldError[] {
  const paths = new Set<string>();
  return draftsOf(mounts).flatMap((mount, index) => {
    const field = `${path}[${index}]`;
    const name = asText(mount['name']);
    const mountPath = asText(mount['mountPath']);
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${field}.name`));
    else if (!volumes.has(name)) errors.push(notFoundValue(`${field}.name`, name));
    if (mountPath === '') errors.push(required(`${field}.mountPath`));
    else if (paths.has(mountPath)) errors.push(invalidValue(`${field}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    return errors;
  });
}

const nanoOf = (amount: unknown): bigint | undefined => parseQuantity(typeof amount === 'number' ? String(amount) : asText(amount))?.nano;

export function resourceErrors(resources: unknown, path: string): readonly FieldError[] {
  const limits = asObject(at(resources, 'limits')) ?? {};
  const requests = asObject(at(resources, 'requests')) ?? {};
  const errors: FieldError[] = [];
  const negative = (amounts: Draft, field: string) => {
    for (const [name, amount] of Object.entries(amounts))
      if ((nanoOf(amount) ?? 0n) < 0n) errors.push(invalidValue(`${field}[${name}]`, amount, 'must be greater than or equal to 0'));
  };
  negative(limits, `${path}.limits`);
  for (const [name, amount] of Object.entries(requests)) {
    negative({ [name]: amount }, `${path}.requests`);
    const [limit, request] = [nanoOf(limits[name]), nanoOf(amount)];
    if (limit !== undefined && request !== undefined && request > limit) {
      errors.push(invalidValue(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${asText(limits[name])}`));
    }
  }
  return errors;
}

function probeErrors(probe: unknown, path: string): readonly FieldError[] {
  if (!isObject(probe)) return [];
  const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'].filter((handler) => isObject(probe[handler]));
  const errors: FieldError[] = handlers.length === 0 ? [required(path, 'must specify a handler type')] : [];
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'])
    errors.push(...atLeastZero(probe[field], `${path}.${field}`));
  return errors;
}

interface Surroundings {
  readonly path: string;
  readonly volumes: ReadonlySet<string>;
  /** Names of containers met so far. */
  readonly names: Set<string>;
}

function containerErrors(container: Draft, { path, volumes, names }: Surroundings): readonly FieldError[] {
  const name = asText(container['name']);
  const image = asText(container['image']);
  const errors: FieldError[] = [...nameErrors(name, `${path}.name`)];
  if (name !== '' && names.has(name)) errors.push(duplicate(`${path}.name`, name));
  names.add(name);
  if (image === '') errors.push(required(`${path}.image`));
  else if (image.trim() !== image) errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  return [
    ...errors,
    ...portErrors(container['ports'], `${path}.ports`),
    ...envErrors(container['env'], `${path}.env`),
    ...mountErrors(container['volumeMounts'], volumes, `${path}.volumeMounts`),
    ...oneOf(container['imagePullPolicy'], `${path}.imagePullPolicy`, ['Always', 'IfNotPresent', 'Never']),
    ...resourceErrors(container['resources'], `${path}.resources`),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) => probeErrors(container[probe], `${path}.${probe}`)),
  ];
}

function tolerationErrors(tolerations: unknown, path: string): readonly FieldError[] {
  return draftsOf(tolerations).flatMap((toleration, index) => {
    const field = `${path}[${index}].operator`;
    const { operator, key, value } = toleration;
    const errors: FieldError[] = [];
    if (asText(key) === '' && operator !== 'Exists') {
      const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalidValue(field, asText(operator), detail));
    }
    if (operator === 'Exists' && asText(value) !== '')
      errors.push(invalidValue(field, asText(value), "value must be empty when `operator` is 'Exists'"));
    else if (!['', 'Equal', 'Exists'].includes(asText(operator))) errors.push(...oneOf(operator, field, ['Equal', 'Exists']));
    return errors;
  });
}

/** In the order in which they are looked at. */
const VOLUME_SOURCES = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'azureFile',
  'configMap',
  'vsphereVolume',
  'azureDisk',
  'storageos',
  'projected',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
];

export function podSpecErrors(spec: Draft, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const volumes = new Set<string>();
  for (const [index, volume] of draftsOf(spec['volumes']).entries()) {
    const name = asText(volume['name']);
    errors.push(...nameErrors(name, `${path}.volumes[${index}].name`));
    if (name !== '' && volumes.has(name)) errors.push(duplicate(`${path}.volumes[${index}].name`, name));
    volumes.add(name);
    const sources = VOLUME_SOURCES.filter((source) => isObject(volume[source]));
    for (const source of sources.slice(1))
      errors.push(forbiddenField(`${path}.volumes[${index}].${source}`, 'may not specify more than 1 volume type'));
  }
  const containers = draftsOf(spec['containers']);
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  const names = new Set<string>();
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    for (const [index, container] of draftsOf(spec[list]).entries())
      errors.push(...containerErrors(container, { path: `${path}.${list}[${index}]`, volumes, names }));
  }
  errors.push(...oneOf(spec['restartPolicy'], `${path}.restartPolicy`, ['Always', 'OnFailure', 'Never']));
  errors.push(...oneOf(spec['dnsPolicy'], `${path}.dnsPolicy`, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']));
  errors.push(...labelMapErrors(spec['nodeSelector'], `${path}.nodeSelector`));
  errors.push(...aboveZero(spec['activeDeadlineSeconds'], `${path}.activeDeadlineSeconds`));
  errors.push(...tolerationErrors(spec['tolerations'], `${path}.tolerations`));
  return errors;
}

const OLD_NODE_LABELS: Readonly<Record<string, readonly [since: string, instead: string]>> = {
  'beta.kubernetes.io/arch': ['v1.14', 'kubernetes.io/arch'],
  'beta.kubernetes.io/os': ['v1.14', 'kubernetes.io/os'],
  'failure-domain.beta.kubernetes.io/region': ['v1.17', 'topology.kubernetes.io/region'],
  'failure-domain.beta.kubernetes.io/zone': ['v1.17', 'topology.kubernetes.io/zone'],
  'beta.kubernetes.io/instance-type': ['v1.17', 'node.kubernetes.io/instance-type'],
};

/** What is legal but hardly meant. */
export function podSpecWarnings(spec: Draft, path: string): readonly string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(asObject(spec['nodeSelector']) ?? {})) {
    const old = OLD_NODE_LABELS[key];
    if (old) warnings.push(`${path}.nodeSelector[${key}]: deprecated since ${old[0]}; use "${old[1]}" instead`);
  }
  for (const list of ['initContainers', 'containers']) {
    for (const [index, container] of objectsOf(spec[list]).entries()) {
      const field = `${path}.${list}[${index}]`;
      const env = new Set<string>();
      for (const [at, { name }] of objectsOf(container['env']).entries()) {
        if (env.has(asText(name)))
          warnings.push(`${field}.env[${at}]: hides previous definition of "${asText(name)}", which may be dropped when using apply`);
        env.add(asText(name));
      }
      const ports = new Map<string, number>();
      for (const [at, port] of objectsOf(container['ports']).entries()) {
        const id = `${asText(port['protocol'])}/${String(port['containerPort'])}/${asNumber(port['hostPort']) ?? 0}/${asText(port['hostIP'])}`;
        const first = ports.get(id);
        if (first === undefined) ports.set(id, at);
        else warnings.push(`${field}.ports[${at}]: duplicate port definition with ${field}.ports[${first}]`);
      }
    }
  }
  return warnings;
}
