/**
 * CertificateSigningRequests, in the words of k8s.io/kubernetes/pkg/apis/certificates/validation. The server writes who
 * asked.
 */
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asNumber, asText, at, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import { dnsLabelProblems, dnsSubdomainProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
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
  if (!/-----BEGIN CERTIFICATE REQUEST-----/.test(Buffer.from(request, 'base64').toString('latin1')))
    errors.push(
      invalidValue('spec.request', request === '' ? null : request, 'PEM block type must be CERTIFICATE REQUEST'),
    );
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

const conditionsOf = (object: unknown, type: string): number =>
  objectsOf(at(object, 'status', 'conditions')).filter((condition) => condition['type'] === type).length;

export const CERTIFICATE_REQUEST: Strategy = {
  statusSeparate: true,
  validateName: () => [],
  selectableFields: { 'spec.signerName': (object) => asText(at(object, 'spec', 'signerName')) },
  prepareForCreate: (draft, { user }) => {
    const spec = childOf(draft, 'spec');
    spec['username'] = user.name;
    for (const field of ['uid', 'groups', 'extra'] as const)
      if (user[field] === undefined || user[field] === '') delete spec[field];
      else spec[field] = user[field];
    draft['status'] = {};
  },
  prepareForUpdate: (draft, old) => {
    // What is asked for, and by whom, stays as it was.
    draft['spec'] = old['spec'];
  },
  validate,
  validateUpdate: (object, old) =>
    ['Approved', 'Denied', 'Failed']
      .filter((type) => conditionsOf(object, type) < conditionsOf(old, type))
      .map((type) =>
        forbiddenField('status.conditions', `updates may not remove a condition of type ${JSON.stringify(type)}`),
      ),
};
