/** APIServices, in the words of k8s.io/kube-aggregator/pkg/apis/apiregistration/validation. */
import { type FieldError, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import { asNumber, asText, at, childOf, type Draft, isObject, objectsOf, setDefault } from '../machinery/json.ts';
import { dns1035LabelProblems, dnsSubdomainProblems, pathSegmentProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { textErrors } from './field-checks.ts';

const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1_000;

function nameErrors(object: Draft): readonly FieldError[] {
  const name = asText(at(object, 'metadata', 'name'));
  const expected = `${asText(at(object, 'spec', 'version'))}.${asText(at(object, 'spec', 'group'))}`;
  if (name === expected || pathSegmentProblems(name).length > 0) return [];
  return [invalidValue('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(expected)}`)];
}

function localErrors(spec: Draft): readonly FieldError[] {
  const bundle = asText(spec['caBundle']);
  const errors: FieldError[] = [];
  if (bundle !== '') {
    const size = `${Buffer.from(bundle, 'base64').length} bytes`;
    errors.push(invalidValue('spec.caBundle', size, 'local APIServices may not have a caBundle'));
  }
  if (spec['insecureSkipTLSVerify'] === true)
    errors.push(
      invalidValue('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'),
    );
  return errors;
}

function validate(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const [group, version] = [asText(spec['group']), asText(spec['version'])];
  const [groupPriority, versionPriority] = [
    asNumber(spec['groupPriorityMinimum']) ?? 0,
    asNumber(spec['versionPriority']) ?? 0,
  ];
  const errors: FieldError[] = [...nameErrors(object)];
  if (group === '' && version !== 'v1')
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  if (group !== '') errors.push(...textErrors(group, 'spec.group', dnsSubdomainProblems));
  errors.push(...textErrors(version, 'spec.version', dns1035LabelProblems));
  if (groupPriority <= 0 || groupPriority > MAX_GROUP_PRIORITY)
    errors.push(invalidValue('spec.groupPriorityMinimum', groupPriority, 'must be positive and less than 20000'));
  if (versionPriority <= 0 || versionPriority > MAX_VERSION_PRIORITY)
    errors.push(invalidValue('spec.versionPriority', versionPriority, 'must be positive and less than 1000'));
  return [...errors, ...(isObject(spec['service']) ? remoteErrors(spec, spec['service']) : localErrors(spec))];
}

function remoteErrors(spec: Draft, service: Draft): readonly FieldError[] {
  const path = 'spec.service';
  const port = asNumber(service['port']) ?? 0;
  const errors: FieldError[] = [];
  if (asText(service['namespace']) === '') errors.push(required(`${path}.namespace`));
  if (asText(service['name']) === '') errors.push(required(`${path}.name`));
  if (port < 1 || port > 65_535)
    errors.push(invalidValue(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  if (spec['insecureSkipTLSVerify'] === true && asText(spec['caBundle']) !== '')
    errors.push(invalidValue('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  return errors;
}

const STATUSES = ['True', 'False', 'Unknown'];

export const API_SERVICE: Strategy = {
  applyDefaults: (draft) => {
    const service = at(draft, 'spec', 'service');
    if (isObject(service)) setDefault(service, 'port', 443);
  },
  statusSeparate: true,
  validateName: pathSegmentProblems,
  validate,
  prepareForCreate: (draft) => {
    draft['status'] = {};
  },
  validateStatusUpdate: (object) =>
    objectsOf(at(object, 'status', 'conditions')).flatMap((condition, index) =>
      STATUSES.includes(asText(condition['status']))
        ? []
        : [notSupported(`status.conditions[${index}].status`, condition['status'], STATUSES)],
    ),
};
