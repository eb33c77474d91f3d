/** DeviceClasses. After k8s.io/kubernetes/pkg/apis/resource/validation and pkg/registry/resource/deviceclass. */
import { dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import { invalidValue } from '../machinery/field-errors.ts';
import { at, childOf } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { objectListErrors } from './device-names.ts';
import { configurationErrors, MOST_CONFIGURATIONS } from './device-requests.ts';
import { selectorErrors } from './device-selector.ts';
import { isNative } from './pod-resources.ts';

/** Neither Kubernetes' own nor the name of a quota, and with one a name still. */
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedNameProblems(`requests.${name}`).length === 0;

export const DEVICE_CLASS: Strategy = {
  deleteAnswersObject: true,
  generation: true,
  // Newer kinds count bytes.
  validateName: (name) => dnsSubdomainProblems(name).map((problem) => problem.replace(/characters$/, 'bytes')),
  applyDefaults: (draft) => void childOf(draft, 'spec'),
  validate: (object) => {
    const extended = at(object, 'spec', 'extendedResourceName');
    return [
      ...selectorErrors(at(object, 'spec', 'selectors'), 'spec.selectors'),
      ...objectListErrors(at(object, 'spec', 'config'), {
        field: 'spec.config',
        most: MOST_CONFIGURATIONS,
        each: configurationErrors,
      }),
      ...(typeof extended !== 'string' || isExtended(extended)
        ? []
        : [invalidValue('spec.extendedResourceName', extended, 'must be a valid extended resource name')]),
    ];
  },
};
