/**
 * Parts of a pod as the server holds them, printed as Go's encoder prints structs without tags: fields under their Go
 * names, nothing left out. Some refusals show differences of this form. Built on the published types: the server's own
 * have the same fields, except where `INTERNAL_ORDER` says otherwise.
 */
import { type Field, type FieldType, structOf } from '../../shapes/kinds.ts';
import { type Draft, isObject, put } from '../machinery/json.ts';

/** Words of field names that Go writes in capitals. The rest of a name begins with a capital. */
const CAPITALS: readonly (readonly [start: RegExp, name: string])[] = [
  [
    /^(api|aws|csi|dns|fc|fs|gce|gmsa|grpc|http|ip|iqn|iscsi|nfs|os|pd|rbd|se|ssl|tcp|tty|uid|uri|wwid)(?=[A-Z]|s?$)/,
    '',
  ],
  [/^cephfs$/, 'CephFS'],
  [/^storageos$/, 'StorageOS'],
];

function goName(json: string): string {
  for (const [start, name] of CAPITALS) {
    const found = start.exec(json)?.[0];
    if (found !== undefined) return `${name === '' ? found.toUpperCase() : name}${json.slice(found.length)}`;
  }
  return `${json.charAt(0).toUpperCase()}${json.slice(1)}`;
}

const words = (text: string): readonly string[] => text.split(' ');

/** What is declared in another order or another place. https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core */
const INTERNAL_ORDER: Readonly<Record<string, readonly string[]>> = {
  'core/v1.PodSpec': words(
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
  // Types of the meta package are the published ones.
  return struct === undefined || struct.startsWith('meta/') || !isObject(value) ? value : formOf(struct, value);
}

function formOf(struct: string, object: Draft): Draft {
  const form: Draft = {};
  for (const { json, type } of fieldsOf(struct)) put(form, goName(json), valueOf(type, object[json]));
  return form;
}

/** For values that a refusal shows. `struct` is `group/version.Kind` of the published type. */
export const internalForm = (struct: string, object: Draft): Draft => formOf(struct, object);

/** Indented text. `spec` as it is served. */
export function internalPodSpec(spec: Draft): string {
  const form = formOf('core/v1.PodSpec', spec);
  const outer = structOf('core/v1.PodSpec').byName;
  const context: Draft = {};
  for (const name of HOST_FIELDS) {
    const field = outer.get(name);
    if (field) put(context, goName(name), valueOf(field.type, spec[name]));
  }
  const own = isObject(spec['securityContext']) ? spec['securityContext'] : {};
  form['SecurityContext'] = { ...context, ...formOf('core/v1.PodSecurityContext', own) };
  return indented(form);
}

/** Indented text of any other struct. */
export const internalText = (struct: string, object: Draft): string => indented(formOf(struct, object));

/** Go's encoder keeps text safe for web pages. */
const indented = (form: Draft): string =>
  JSON.stringify(form, null, 1).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
