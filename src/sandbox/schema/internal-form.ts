/**
 * Parts of a pod as the server holds them, printed as Go's encoder prints structs without tags: fields under their Go
 * names, nothing left out. Some refusals show differences of this form. Built on the published types: the server's own
 * have the same fields, except where `INTERNAL_ORDER` says otherwise.
 */
import { type Field, type FieldType, OBJECT_META, structOf } from '../../shapes/kinds.ts';
import { shownEmpty } from '../machinery/given-empties.ts';
import { shownMap, shownSelector } from '../machinery/label-selector.ts';
import { asObject, type Draft, isObject, put } from '../machinery/json.ts';

/** Words of field names that Go writes in capitals. The rest of a name begins with a capital. */
const CAPITALS: readonly (readonly [start: RegExp, name: string])[] = [
  [
    /^(api|aws|cel|csi|dns|fc|fs|gce|gmsa|grpc|http|ip|iqn|iscsi|nfs|os|pd|rbd|se|ssl|tcp|tty|uid|uri|wwid)(?=[A-Z]|s?$)/,
    '',
  ],
  [/^cephfs$/, 'CephFS'],
  [/^storageos$/, 'StorageOS'],
];

/** Fields that the server's own type calls otherwise. */
const INTERNAL_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ISCSI: { chapAuthDiscovery: 'DiscoveryCHAPAuth', chapAuthSession: 'SessionCHAPAuth' },
  Glusterfs: { endpoints: 'EndpointsName' },
  RBD: { monitors: 'CephMonitors', image: 'RBDImage', pool: 'RBDPool', user: 'RadosUser' },
  PhotonPersistentDisk: { pdID: 'PdID' },
  AzureDisk: { diskURI: 'DataDiskURI' },
  Job: { ttlSecondsAfterFinished: 'TTLSecondsAfterFinished' },
  ServiceCIDR: { cidrs: 'CIDRs' },
  DeviceAttribute: {
    int: 'IntValue',
    bool: 'BoolValue',
    string: 'StringValue',
    version: 'VersionValue',
    ints: 'IntValues',
    bools: 'BoolValues',
    strings: 'StringValues',
    versions: 'VersionValues',
  },
  Node: { externalID: 'DoNotUseExternalID' },
};

/** `core/v1.RBDPersistentVolumeSource` → `RBD`. */
const stemOf = (struct: string): string =>
  struct.slice(struct.lastIndexOf('.') + 1).replace(/(Persistent)?(VolumeSource|Spec)$/, '');

function goName(json: string): string {
  for (const [start, name] of CAPITALS) {
    const found = start.exec(json)?.[0];
    if (found !== undefined) return `${name === '' ? found.toUpperCase() : name}${json.slice(found.length)}`;
  }
  return `${json.charAt(0).toUpperCase()}${json.slice(1)}`;
}

const words = (text: string): readonly string[] => text.split(' ');

const POD_SPEC = 'core/v1.PodSpec';

/** What is declared in another order or another place. https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core */
const INTERNAL_ORDER: Readonly<Record<string, readonly string[]>> = {
  [POD_SPEC]: words(
    'volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy ' +
      'nodeSelector serviceAccountName automountServiceAccountToken nodeName securityContext imagePullSecrets hostname subdomain ' +
      'setHostnameAsFQDN affinity schedulerName tolerations hostAliases priorityClassName priority preemptionPolicy dnsConfig readinessGates ' +
      'runtimeClassName overhead enableServiceLinks topologySpreadConstraints os schedulingGates resourceClaims resources hostnameOverride ' +
      'schedulingGroup',
  ),
  'core/v1.PodSecurityContext': words(
    'seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup fsGroupChangePolicy ' +
      'sysctls seccompProfile appArmorProfile seLinuxChangePolicy',
  ),
  'core/v1.Volume': words(
    'name hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs persistentVolumeClaim rbd quobyte ' +
      'flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume azureDisk photonPersistentDisk projected ' +
      'portworxVolume scaleIO storageos csi ephemeral image',
  ),
  'core/v1.PersistentVolumeSource': words(
    'gcePersistentDisk awsElasticBlockStore hostPath glusterfs nfs rbd quobyte iscsi flexVolume cinder cephfs fc flocker azureFile ' +
      'vsphereVolume azureDisk photonPersistentDisk portworxVolume scaleIO local storageos csi',
  ),
};

/** The server keeps these of the spec in its security context, before the context's own. */
const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'] as const;

function fieldsOf(struct: string): readonly Field[] {
  const { fields, byName } = structOf(struct);
  const order = INTERNAL_ORDER[struct];
  return order ? order.flatMap((name) => byName.get(name) ?? []) : fields;
}

function zeroOf({ shape, struct }: FieldType): unknown {
  switch (shape) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int':
    case 'float':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'struct':
      return struct === undefined ? null : formOf(struct, {});
    default:
      return null;
  }
}

function valueOf(type: FieldType, value: unknown): unknown {
  if (value === undefined || value === null) return type.pointer ? null : zeroOf(type);
  const { element, struct } = type;
  if (element && Array.isArray(value)) return value.map((item) => valueOf(element, item));
  if (element && isObject(value)) {
    const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([key, item]) => [key, valueOf(element, item)]));
  }
  if (struct === 'meta/v1.LabelSelector') return shownSelector(value);
  // Types of the meta package are the published ones.
  return struct === undefined || struct.startsWith('meta/') || !isObject(value) ? value : formOf(struct, value);
}

/** Labels and annotations in the order in which Go's encoder writes them. */
const sortedMaps = (meta: Draft): Draft =>
  Object.fromEntries(Object.entries(meta).map(([name, value]) => [name, isObject(value) ? shownMap(value) : value]));

function formOf(struct: string, object: Draft): Draft {
  const form: Draft = {};
  const names = INTERNAL_NAMES[stemOf(struct)];
  // The server's own types have their metadata inlined.
  for (const { json, type } of fieldsOf(struct))
    if (type.struct === OBJECT_META) Object.assign(form, sortedMaps(asObject(object[json]) ?? {}));
    else put(form, names?.[json] ?? goName(json), valueOf(type, object[json]) ?? shownEmpty(object, json));
  return struct === POD_SPEC ? withHostFields(form, object) : form;
}

/** For values that a refusal shows. `struct` is `group/version.Kind` of the published type. */
export const internalForm = (struct: string, object: Draft): Draft => formOf(struct, object);

function withHostFields(form: Draft, spec: Draft): Draft {
  const outer = structOf(POD_SPEC).byName;
  const context: Draft = {};
  for (const name of HOST_FIELDS) {
    const field = outer.get(name);
    if (field) put(context, goName(name), valueOf(field.type, spec[name]));
  }
  const own = isObject(spec['securityContext']) ? spec['securityContext'] : {};
  form['SecurityContext'] = { ...context, ...formOf('core/v1.PodSecurityContext', own) };
  return form;
}

/** Indented text. `spec` as it is served. */
export const internalPodSpec = (spec: Draft): string => internalText(POD_SPEC, spec);

/** Indented text of any other struct. */
export const internalText = (struct: string, object: Draft): string => indented(formOf(struct, object));

/** Go's encoder keeps text safe for web pages. */
const indented = (form: Draft): string =>
  JSON.stringify(form, null, 1).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
