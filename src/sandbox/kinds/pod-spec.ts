/**
 * What a pod's spec, or a template's, may say. In the order in which
 * k8s.io/kubernetes/pkg/apis/core/validation.ValidatePodSpec looks.
 */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from '../machinery/field-errors.ts';
import { asList, asNumber, asObject, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { annotationErrors, labelErrors } from '../machinery/metadata.ts';
import { dnsLabelProblems, dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import { type FieldCheck, ofEach, ofGiven, together } from '../machinery/together.ts';
import { labelMapErrors } from '../machinery/label-selector.ts';
import { between, ipAddress, oneOf, textErrors } from './field-checks.ts';
import { podAnnotationErrors, profileMatchErrors } from './pod-annotations.ts';
import { claimNames, podClaimErrors } from './pod-claims.ts';
import { containersErrors, imagesErrors } from './pod-containers.ts';
import { podLevelErrors } from './pod-level.ts';
import { fileVariableErrors, hostProcessErrors, osErrors, placedContainers } from './pod-os.ts';
import { affinityErrors, spreadErrors, tolerationErrors } from './pod-placement.ts';
import { resourceErrors } from './pod-resources.ts';
import { podSecurityErrors } from './pod-security.ts';
import { volumesOf } from './pod-volumes.ts';

const MOST_INT32 = 2_147_483_647;
/** Of Linux. */
const MOST_HOST_NAME = 64;
/** What the C library resolves with. */
const MOST_NAMESERVERS = 3;
const MOST_SEARCHES = 32;
const MOST_SEARCH_CHARACTERS = 2048;

const SEARCH = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*';

/** IsDNS1123SubdomainWithUnderscore of k8s.io/apimachinery/pkg/util/validation. */
const searchProblems = (search: string): readonly string[] => [
  ...(search.length > 253 ? ['must be no more than 253 characters'] : []),
  ...(new RegExp(`^${SEARCH}$`).test(search)
    ? []
    : [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character " +
          `(e.g. 'example.com', regex used for validation is '${SEARCH}')`,
      ]),
];

function dnsErrors(spec: Draft, path: string): readonly FieldError[] {
  const config = spec['dnsConfig'];
  if (config === undefined && spec['dnsPolicy'] !== 'None') return [];
  const servers = asList(at(config, 'nameservers')).map(asText);
  const searches = asList(at(config, 'searches')).map(asText);
  if (spec['dnsPolicy'] === 'None') {
    if (!isObject(config)) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if (servers.length === 0)
      return [required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  const errors: FieldError[] = [];
  if (servers.length > MOST_NAMESERVERS)
    errors.push(
      invalidValue(`${path}.nameservers`, servers, `must not have more than ${MOST_NAMESERVERS} nameservers`),
    );
  for (const [index, server] of servers.entries()) errors.push(...ipAddress(server, `${path}.nameservers[${index}]`));
  if (searches.length > MOST_SEARCHES)
    errors.push(invalidValue(`${path}.searches`, searches, `must not have more than ${MOST_SEARCHES} search paths`));
  if (searches.join(' ').length > MOST_SEARCH_CHARACTERS) {
    const detail = `must not have more than ${MOST_SEARCH_CHARACTERS} characters (including spaces) in the search list`;
    errors.push(invalidValue(`${path}.searches`, searches, detail));
  }
  for (const [index, search] of searches.entries())
    if (search !== '.')
      errors.push(...textErrors(search.replace(/\.$/, ''), `${path}.searches[${index}]`, searchProblems));
  for (const [index, option] of objectsOf(at(config, 'options')).entries())
    if (asText(option['name']) === '') errors.push(required(`${path}.options[${index}]`, 'must not be empty'));
  return errors;
}

function hostNetworkErrors(spec: Draft, path: string, whose: Whose): readonly FieldError[] {
  if (spec['hostNetwork'] !== true) return [];
  return objectsOf(spec['containers']).flatMap((container, index) =>
    objectsOf(container['ports']).flatMap((port, place) => {
      const [host, inside] = [asNumber(port['hostPort']) ?? 0, asNumber(port['containerPort']) ?? 0];
      if (host === inside || (whose === 'template' && host === 0)) return [];
      const field = `${path}.containers[${index}].ports[${place}].hostPort`;
      return [invalidValue(field, host, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}

function gateErrors(gates: unknown, path: string): readonly FieldError[] {
  const names = new Set<string>();
  return objectsOf(gates).flatMap((gate, index) => {
    const name = asText(gate['name']);
    const errors = [...textErrors(name, `${path}[${index}]`, qualifiedNameProblems)];
    if (names.has(name)) errors.push(duplicate(`${path}[${index}]`, name));
    names.add(name);
    return errors;
  });
}

function hostUserErrors(spec: Draft, path: string): readonly FieldError[] {
  if (spec['hostUsers'] !== false) return [];
  // As the real server writes them.
  const fields = { hostNetwork: 'hostNetwork', hostPID: 'HostPID', hostIPC: 'HostIPC' };
  return Object.entries(fields)
    .filter(([name]) => spec[name] === true)
    .map(([, shown]) => forbiddenField(`${path}.${shown}`, 'when `hostUsers` is false'))
    .concat(
      placedContainers(spec, path).flatMap(({ container, path: field }) =>
        asList(container['volumeDevices']).length > 0
          ? [forbiddenField(`${field}.volumeDevices`, 'when `hostUsers` is false')]
          : [],
      ),
    );
}

/** A pod's name, or that it is a template. */
export type Whose = 'template' | { readonly name: string };

function aliasErrors(aliases: unknown, path: string): readonly FieldError[] {
  return objectsOf(aliases).flatMap((alias, index) => [
    ...ipAddress(asText(alias['ip']), `${path}[${index}].ip`),
    ...asList(alias['hostnames']).flatMap((name, place) =>
      textErrors(asText(name), `${path}[${index}].hostnames[${place}]`, dnsSubdomainProblems),
    ),
  ]);
}

function hostNameErrors(spec: Draft, path: string): readonly FieldError[] {
  const { hostnameOverride: name } = spec;
  if (typeof name !== 'string') return [];
  const field = `${path}.hostnameOverride`;
  const refused = (when: string) => [forbiddenField(field, `may not be specified when ${when} is true`)];
  return [
    ...(spec['setHostnameAsFQDN'] === true ? refused('setHostnameAsFQDN') : []),
    ...(spec['hostNetwork'] === true ? refused('hostNetwork') : []),
    ...(name.length > MOST_HOST_NAME ? [tooLong(field, MOST_HOST_NAME)] : []),
    ...textErrors(name, field, dnsSubdomainProblems),
  ];
}

/** A pod without an account has none to give tokens of. */
const tokenErrors = (spec: Draft, path: string): readonly FieldError[] =>
  spec['volumes'] === undefined || asText(spec['serviceAccountName']) !== ''
    ? []
    : objectsOf(spec['volumes']).flatMap((volume, index) =>
        objectsOf(at(volume, 'projected', 'sources')).flatMap(({ serviceAccountToken }, place) =>
          serviceAccountToken === undefined
            ? []
            : [
                forbiddenField(
                  `${path}.volumes[${index}].projected.sources[${place}].serviceAccountToken`,
                  'must not be specified when serviceAccountName is not set',
                ),
              ],
        ),
      );

const choiceErrors = (value: unknown, path: string, supported: readonly string[]): readonly FieldError[] =>
  asText(value) === '' ? [required(path)] : oneOf(value, path, supported);

/** Of a text that may be empty. */
const named =
  (problemsOf: (value: string) => readonly string[]): FieldCheck<FieldError>[1] =>
  (value, path) =>
    asText(value) === '' ? [] : textErrors(asText(value), path, problemsOf);

const readinessErrors = (gates: unknown, path: string): readonly FieldError[] =>
  ofEach(objectsOf(gates), (gate, index) =>
    textErrors(asText(gate['conditionType']), `${path}[${index}].conditionType`, qualifiedNameProblems),
  );

const PLACEMENT: readonly FieldCheck<FieldError>[] = [
  ['nodeSelector', labelMapErrors],
  ['securityContext', (_, path, spec) => podSecurityErrors(spec, path)],
  ['affinity', affinityErrors],
];
const GATES: readonly FieldCheck<FieldError>[] = [
  ['readinessGates', readinessErrors],
  ['schedulingGates', gateErrors],
  ['topologySpreadConstraints', spreadErrors],
];
const NAMES: readonly FieldCheck<FieldError>[] = [
  ['serviceAccountName', named(dnsSubdomainProblems)],
  ['nodeName', named(dnsSubdomainProblems)],
  ['activeDeadlineSeconds', (seconds, path) => between([1, MOST_INT32], seconds, path)],
  ['hostname', named(dnsLabelProblems)],
  ['subdomain', named(dnsLabelProblems)],
  ['tolerations', tolerationErrors],
  ['hostAliases', aliasErrors],
  ['priorityClassName', named(dnsSubdomainProblems)],
  ['runtimeClassName', (name, path) => textErrors(asText(name), path, dnsSubdomainProblems)],
  ['preemptionPolicy', (policy, path) => choiceErrors(policy, path, ['PreemptLowerPriority', 'Never'])],
  ['overhead', (overhead, path) => (isObject(overhead) ? resourceErrors({ limits: overhead }, path) : [])],
];

/** `whose`: a pod has a name, and some of its fields may still be missing in a template. */
export function podSpecErrors(spec: Draft, path: string, whose: Whose): readonly FieldError[] {
  const volumes = volumesOf(spec['volumes'], `${path}.volumes`, whose === 'template' ? undefined : whose.name);
  const claims = claimNames(spec);
  return together(
    volumes.errors,
    podClaimErrors(spec['resourceClaims'], `${path}.resourceClaims`),
    containersErrors({ spec, path, volumes: volumes.known, claims }),
    podLevelErrors(spec, path, claims),
    hostNetworkErrors(spec, path, whose),
    choiceErrors(spec['restartPolicy'], `${path}.restartPolicy`, ['Always', 'OnFailure', 'Never']),
    choiceErrors(spec['dnsPolicy'], `${path}.dnsPolicy`, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ofGiven(spec, path, PLACEMENT),
    dnsErrors(spec, `${path}.dnsConfig`),
    ofGiven(spec, path, GATES),
    hostProcessErrors(spec, path),
    hostUserErrors(spec, path),
    hostNameErrors(spec, path),
    ofGiven(spec, path, NAMES),
    osErrors(spec, path),
    fileVariableErrors(spec, path),
    ...(whose === 'template' ? [] : [tokenErrors(spec, path), imagesErrors(spec, path)]),
  );
}

/** Labels and annotations lie under `metadata`; the real server leaves that out of their path. */
export function templateMetadataErrors(template: unknown, path: string): readonly FieldError[] {
  const meta = at(template, 'metadata');
  return [
    ...labelErrors(at(meta, 'labels'), `${path}.labels`),
    ...annotationErrors(at(meta, 'annotations'), `${path}.annotations`),
    ...podAnnotationErrors(meta, asObject(at(template, 'spec')) ?? {}, `${path}.annotations`),
  ];
}

/** Of a template as a whole. */
export function podTemplateErrors(template: unknown, path: string): readonly FieldError[] {
  const meta = at(template, 'metadata');
  const spec = asObject(at(template, 'spec')) ?? {};
  const ephemeral = asList(spec['ephemeralContainers']).length > 0;
  return [
    ...templateMetadataErrors(template, path),
    ...podSpecErrors({ restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', ...spec }, `${path}.spec`, 'template'),
    ...profileMatchErrors(meta, spec, `${path}.spec`),
    ...(ephemeral
      ? [forbiddenField(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}
