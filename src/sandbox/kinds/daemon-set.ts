/** DaemonSets: what the server fills in, refuses and counts. */
import { internalForm } from '../schema/internal-form.ts';
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asObject, at, childOf, type Draft, equalJson, setDefault } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults, templateDefaults } from './defaults.ts';
import { atLeastZero, atMostWhole, intOrPercent } from './field-checks.ts';
import { labelSelectorErrors } from '../machinery/label-selector.ts';
import { podTemplateErrors } from './pod-spec.ts';
import { templateWarnings } from './pod-warnings.ts';
import {
  collisionErrors,
  isZero,
  lastingErrors,
  matchingErrors,
  nonNegative,
  notSupportedForm,
  selectorFixed,
  selectsNothing,
  specOf,
} from './workload-checks.ts';

function daemonStrategyErrors(strategy: Draft): readonly FieldError[] {
  const field = 'spec.updateStrategy.rollingUpdate';
  const rolling = asObject(strategy['rollingUpdate']);
  if (strategy['type'] === 'OnDelete') return [];
  if (strategy['type'] !== 'RollingUpdate')
    return notSupportedForm('spec.updateStrategy', internalForm('apps/v1.DaemonSetUpdateStrategy', strategy), [
      'RollingUpdate',
      'OnDelete',
    ]);
  if (!rolling) return [required(field)];
  const { maxUnavailable, maxSurge } = rolling;
  const both = ['maxUnavailable', 'maxSurge'];
  const errors: FieldError[] = [
    ...both.flatMap((name) => intOrPercent(rolling[name], `${field}.${name}`)),
    ...both.flatMap((name) => atMostWhole(rolling[name], `${field}.${name}`)),
  ];
  if (isZero(maxUnavailable) && isZero(maxSurge))
    errors.push(required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  if (!isZero(maxUnavailable) && !isZero(maxSurge))
    errors.push(invalidValue(`${field}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  return errors;
}

function daemonSetErrors(object: Draft): readonly FieldError[] {
  const spec = specOf(object);
  const selector = asObject(spec['selector']);
  const errors: FieldError[] = [...labelSelectorErrors(selector, 'spec.selector')];
  const template = spec['template'];
  if (errors.length === 0) errors.push(...matchingErrors(selector, template));
  if (selector && selectsNothing(selector))
    errors.push(invalidValue('spec.selector', {}, 'empty selector is invalid for daemonset'));
  return [
    ...errors,
    ...podTemplateErrors(template, 'spec.template'),
    ...lastingErrors(template, 'DaemonSet'),
    ...nonNegative(spec, ['minReadySeconds']),
    ...daemonStrategyErrors(asObject(spec['updateStrategy']) ?? {}),
    ...nonNegative(spec, ['revisionHistoryLimit']),
  ];
}

const DAEMON_SET_COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
];
/** What was spec.templateGeneration before apps/v1. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function countTemplate(draft: Draft, generation: number): void {
  childOf(childOf(draft, 'metadata'), 'annotations')[TEMPLATE_GENERATION] = String(generation);
}

export const DAEMON_SET: Strategy = {
  generation: true,
  statusSeparate: true,
  warnings: (object, old) =>
    old && equalJson(at(object, 'spec', 'template'), at(old, 'spec', 'template'))
      ? []
      : templateWarnings(at(object, 'spec', 'template'), 'spec.template'),
  validate: daemonSetErrors,
  updateReplacesValidate: true,
  validateUpdate: (object, old, context) => [...selectorFixed(object, old, context), ...daemonSetErrors(object)],
  validateStatusUpdate: (object, old) => [
    ...DAEMON_SET_COUNTS.flatMap((name) => atLeastZero(at(object, 'status', name), `status.${name}`)),
    ...collisionErrors(object, old),
  ],
  prepareForCreate: (draft) => {
    draft['status'] = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    countTemplate(draft, 1);
  },
  prepareForUpdate: (draft, old) => {
    const before = Number(at(old, 'metadata', 'annotations', TEMPLATE_GENERATION) ?? 1);
    countTemplate(draft, equalJson(at(draft, 'spec', 'template'), at(old, 'spec', 'template')) ? before : before + 1);
  },
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    templateDefaults(spec);
    const strategy = childOf(spec, 'updateStrategy');
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy['type'] === 'RollingUpdate')
      setDefaults(childOf(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
    setDefault(spec, 'revisionHistoryLimit', 10);
  },
};
