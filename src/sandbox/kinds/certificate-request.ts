/**
 * CertificateSigningRequests, in the words of k8s.io/kubernetes/pkg/apis/certificates/validation. The server writes who
 * asked.
 */
import { X509Certificate } from 'node:crypto';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import {
  asList,
  asNumber,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  equalJson,
  objectsOf,
} from '../machinery/json.ts';
import { unifiedDiff } from '../machinery/unified-diff.ts';
import { internalForm } from '../schema/internal-form.ts';
import { dnsLabelProblems, dnsSubdomainProblems, pathSegmentProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { requestedOrganizations } from './certificate-der.ts';
import { oneOf } from './field-checks.ts';

const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const SHORTEST_SECONDS = 600;

function segmentErrors(segment: string, problemsOf: (label: string) => readonly string[]): readonly FieldError[] {
  const wrong = segment.split('.').find((label) => problemsOf(label).length > 0);
  if (wrong === undefined) return [];
  return problemsOf(wrong).map((problem) =>
    invalidValue('spec.signerName', segment, `validating label ${JSON.stringify(wrong)}: ${problem}`),
  );
}

function signerErrors(signer: string): readonly FieldError[] {
  const field = 'spec.signerName';
  if (signer === LEGACY_SIGNER)
    return [invalidValue(field, signer, 'the legacy signerName is not allowed via this API version')];
  if (signer === '') return [required(field)];
  const [domain = '', path, ...more] = signer.split('/');
  if (path === undefined || more.length > 0)
    return [
      invalidValue(field, signer, "must be a fully qualified domain and path of the form 'example.com/signer-name'"),
    ];
  const single = domain.includes('.')
    ? []
    : [invalidValue(field, domain, 'should be a domain with at least two segments separated by dots')];
  return [...segmentErrors(domain, dnsLabelProblems), ...single, ...segmentErrors(path, dnsSubdomainProblems)];
}

function conditionErrors(object: Draft): readonly FieldError[] {
  const conditions = objectsOf(at(object, 'status', 'conditions'));
  const types = conditions.map((condition) => asText(condition['type']));
  return conditions.flatMap((condition, index) => {
    const [path, type, status] = [`status.conditions[${index}]`, types[index] ?? '', asText(condition['status'])];
    const decided = ['Approved', 'Denied', 'Failed'].includes(type);
    const opposite = { Approved: 'Denied', Denied: 'Approved' }[type];
    return [
      ...(type === '' ? [required(`${path}.type`)] : []),
      ...(status === ''
        ? [required(`${path}.status`)]
        : oneOf(status, `${path}.status`, decided ? ['True'] : ['False', 'True', 'Unknown'])),
      ...(opposite !== undefined && types.indexOf(opposite) >= 0 && types.indexOf(opposite) < index
        ? [invalidValue(`${path}.type`, type, 'Approved and Denied conditions are mutually exclusive')]
        : []),
      ...(types.indexOf(type) < index ? [duplicate(`${path}.type`, type)] : []),
    ];
  });
}

function validate(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const request = asText(spec['request']);
  const usages = asList(spec['usages']).map(asText);
  const seconds = asNumber(spec['expirationSeconds']);
  const errors: FieldError[] = [];
  const read = requestedOrganizations(request);
  if ('problem' in read) errors.push(invalidValue('spec.request', spec['request'] ?? null, read.problem));
  if (usages.length === 0) errors.push(required('spec.usages'));
  errors.push(...usages.flatMap((usage, index) => oneOf(usage, `spec.usages[${index}]`, USAGES)));
  for (const [index, usage] of usages.entries())
    if (usages.indexOf(usage) < index) errors.push(duplicate(`spec.usages[${index}]`, usage));
  errors.push(...signerErrors(asText(spec['signerName'])));
  if (seconds !== undefined && seconds < SHORTEST_SECONDS)
    errors.push(
      invalidValue('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)'),
    );
  return [...errors, ...conditionErrors(object)];
}

const conditionsOf = (object: unknown, type: string): readonly Draft[] =>
  objectsOf(at(object, 'status', 'conditions')).filter((condition) => condition['type'] === type);

const DECISIONS = ['Approved', 'Denied'];
const CONDITION = 'certificates/v1.CertificateSigningRequestCondition';

/** Decided by those who may approve, in no other way, and never taken back. */
function decisionErrors(object: Draft, old: KubeObject, subresource: string): readonly FieldError[] {
  const field = 'status.conditions';
  const told = (what: string, type: string) =>
    forbiddenField(field, `updates may not ${what} a condition of type ${JSON.stringify(type)}`);
  const removed = [...DECISIONS, 'Failed'].filter(
    (type) => conditionsOf(object, type).length < conditionsOf(old, type).length,
  );
  const errors = removed.map((type) => told('remove', type));
  if (subresource === 'approval') return errors;
  for (const type of DECISIONS) {
    const [now, before] = [conditionsOf(object, type), conditionsOf(old, type)];
    if (now.length > before.length) errors.push(told('add', type));
    else if (now.length === before.length && !equalJson(now, before)) {
      const text = (list: readonly Draft[]) =>
        JSON.stringify(
          list.map((condition) => internalForm(CONDITION, condition)),
          null,
          1,
        );
      const refused = told('modify', type);
      errors.push({ ...refused, detail: `${refused.detail}\n${unifiedDiff(text(before), text(now))}` });
    }
  }
  return errors;
}

/** Signers write it through the status, once. */
function certificateErrors(object: Draft, old: KubeObject, subresource: string): readonly FieldError[] {
  const field = 'status.certificate';
  const [now, before] = [object, old].map((each) => asText(at(each, 'status', 'certificate')));
  const problem =
    now === undefined || now === '' ? undefined : chainProblem(Buffer.from(now, 'base64').toString('latin1'));
  const errors = problem === undefined || now === before ? [] : [invalidValue(field, '<certificate data>', problem)];
  if (now === before) return errors;
  if (subresource !== 'status') return [...errors, forbiddenField(field, 'updates may not set certificate content')];
  if (before === '') return errors;
  return [...errors, forbiddenField(field, 'updates may not modify existing certificate content')];
}

/** Certificates one after the other, and nothing else. */
function chainProblem(pem: string): string | undefined {
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/g)];
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const [text, type = '', body = ''] of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (body.includes(':')) return 'no PEM block headers are permitted';
    try {
      if (new X509Certificate(text).raw.length === 0) return 'x509: malformed certificate';
    } catch {
      return 'x509: malformed certificate';
    }
  }
  return undefined;
}

const updateErrors = (object: Draft, old: KubeObject, subresource: string): readonly FieldError[] => [
  ...decisionErrors(object, old, subresource),
  ...certificateErrors(object, old, subresource),
];

/** Conditions come without their times: `kubectl certificate approve` sends none. */
function fillTimes(draft: Draft, old: KubeObject, now: string): void {
  const before = objectsOf(at(old, 'status', 'conditions'));
  for (const condition of objectsOf(at(draft, 'status', 'conditions'))) {
    condition['lastUpdateTime'] ??= now;
    const same = before.find(({ type, status }) => type === condition['type'] && status === condition['status']);
    condition['lastTransitionTime'] ??= same?.['lastTransitionTime'] ?? now;
  }
}

/** Through the status, decisions stay as they were as long as there are as many. */
function keepDecisions(draft: Draft, old: KubeObject): void {
  const status = childOf(draft, 'status');
  const conditions = [...objectsOf(status['conditions'])];
  for (const type of DECISIONS) {
    const before = conditionsOf(old, type);
    const places = conditions.flatMap((condition, index) => (condition['type'] === type ? [index] : []));
    if (places.length !== before.length) continue;
    places.forEach((place, index) => {
      conditions[place] = before[index] ?? {};
    });
  }
  if (conditions.length > 0) status['conditions'] = conditions;
}

export const CERTIFICATE_REQUEST: Strategy = {
  statusSeparate: true,
  validateName: pathSegmentProblems,
  selectableFields: { 'spec.signerName': (object) => asText(at(object, 'spec', 'signerName')) },
  prepareForCreate: (draft, { user }) => {
    const spec = childOf(draft, 'spec');
    spec['username'] = user.name;
    for (const field of ['uid', 'groups', 'extra'] as const)
      if (user[field] === undefined || user[field] === '') delete spec[field];
      else spec[field] = user[field];
    draft['status'] = {};
  },
  prepareForUpdate: (draft, old, { subresource, now }) => {
    // What is asked for, and by whom, stays as it was.
    draft['spec'] = old['spec'];
    if (subresource !== 'approval') return;
    fillTimes(draft, old, toTimestamp(now));
    const conditions = at(draft, 'status', 'conditions');
    const { conditions: _, ...rest } = asObject(old['status']) ?? {};
    draft['status'] = { ...rest, ...(conditions === undefined ? {} : { conditions }) };
  },
  prepareForStatusUpdate: (draft, old, { now }) => {
    keepDecisions(draft, old);
    fillTimes(draft, old, toTimestamp(now));
  },
  validate,
  validateUpdate: (object, old, { subresource = '' }) => updateErrors(object, old, subresource),
  validateStatusUpdate: (object, old) => [...validate(object), ...updateErrors(object, old, 'status')],
};
