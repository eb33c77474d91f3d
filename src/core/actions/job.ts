/**
 * `job`: runs the Job template of a CronJob (usually a suspended one), as `kubectl create job --from=cronjob/NAME`
 * does. The CronJob lives in the namespace of the policy, and so does the Job: the author of the policy works in that
 * namespace, and gets nothing from another. The Job's name derives from the HealingAction, so that there is one Job for
 * an action, whatever is lost or repeated. The action ends with the Job.
 */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS, LABELS, labelValue } from '../../api/names.ts';
import { OWN_VARIABLES, variableProblem } from '../../api/variable-names.ts';
import { given } from '../../std/given.ts';
import { type Result, whyNot } from '../../std/result.ts';
import { describeObject } from '../observation.ts';
import {
  type Answer,
  type BuiltInKind,
  type BuiltInPlan,
  isMarked,
  type NeedInput,
  objectIn,
  type PlanInput,
  refused,
} from './action-kind.ts';
import { creation, oneRequest } from './requests.ts';

/**
 * The Job controller puts the Job's name into a label of its pods: 63. A dash and ten digits of the hash belong to us.
 */
const MAX_TEMPLATE_NAME = 52;

export const job: BuiltInKind = {
  kinds: 'any',
  proof: 'healed',
  wayBack: 'no: a Job may have done anything',
  rbac: [
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'create'] },
    { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['get'] },
  ],
  reach: () => [{ to: 'a new Job', method: 'POST' }],
  // A Job of this name is there already: the next stage says whose it is.
  tolerates: () => ['AlreadyExists'],
  needs: (input) => ({
    template: {
      get: { apiVersion: 'batch/v1', kind: 'CronJob', namespace: namespaceOf(input), name: templateName(input) },
    },
    job: { get: { apiVersion: 'batch/v1', kind: 'Job', namespace: namespaceOf(input), name: jobName(input) } },
  }),
  plan: (input) => {
    const found = input.answers['job'];
    if (found?.found === 'yes') return follow(input, objectIn(found));
    if (found !== undefined && found.reason !== 'NotFound')
      return refused('JobUnknown', `whether the Job runs cannot be told: ${found.message}`);
    if (input.stage === 1) return planJob(input);
    return refused(
      'JobGone',
      `Job ${namespaceOf(input)}/${jobName(input)} was removed before its end was seen; whether it did its work is not known`,
    );
  },
  traces: ({ requests }) => {
    const { namespace, name } = (JSON.parse(requests[0]?.body ?? '{"metadata":{}}') as KubeObject).metadata;
    return name === undefined
      ? {}
      : { job: { get: { apiVersion: 'batch/v1', kind: 'Job', name, ...given({ namespace }) } } };
  },
  classify: ({ answers, marker }) => {
    const answer = answers?.['job'];
    if (answer === undefined || (answer.found === 'no' && answer.reason !== 'NotFound')) return 'unknown';
    if (answer.found === 'no') return 'not done';
    return isMarked(objectIn(answer)?.metadata, marker) ? 'done' : 'superseded';
  },
};

const namespaceOf = ({ origin }: Pick<NeedInput, 'origin'>): string => origin.policy?.namespace ?? origin.namespace;
const templateName = ({ template }: Pick<NeedInput, 'template'>): string => template.jobAction?.template ?? '';

function jobName(input: Pick<NeedInput, 'origin' | 'template'>): string {
  const hash = createHash('sha256').update(input.origin.uid).digest('hex').slice(0, 10);
  return `${templateName(input).slice(0, MAX_TEMPLATE_NAME)}-${hash}`;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
}
interface Container {
  readonly name: string;
  readonly env?: readonly Variable[];
}
interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
}
interface JobTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly template?: { readonly spec?: PodSpec } };
}

function planJob(input: PlanInput): BuiltInPlan {
  const { target, origin } = input;
  const namespace = namespaceOf(input);
  const cronJob = templateOf(input, input.answers['template']);
  if ('whyNot' in cronJob) return refused('NoTemplate', cronJob.whyNot);
  const { object, template } = cronJob.value;
  const variables = variablesOf(input, object);
  if ('whyNot' in variables) return refused('InvalidParameters', variables.whyNot);
  const clash = clashes(template, variables.value);
  if (clash.length > 0) {
    return refused(
      'ParameterConflict',
      `CronJob ${namespace}/${object.metadata.name}: ${clash.join(', ')}, which this action sets too; take it out of one of them (defaults may come from envFrom, which parameters win over)`,
    );
  }
  const name = jobName(input);
  const made = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, ...jobMetadata(input, object, template) },
    spec: jobSpec(template, variables.value),
  };
  const request = creation(made, {
    path: `/apis/batch/v1/namespaces/${namespace}/jobs`,
    description: `run Job ${namespace}/${name} from CronJob ${object.metadata.name} for ${describeObject(target)}`,
  });
  return oneRequest(request, {
    changes: [
      {
        resourceRef: `Job/${namespace}/${name}`,
        changeType: 'create',
        field: 'metadata.name',
        newValue: `for ${origin.name}`,
      },
    ],
    next: 'plan again',
  });
}

/** Variables that a container of the template sets itself. */
function clashes({ spec }: JobTemplate, variables: readonly Variable[]): readonly string[] {
  const { initContainers = [], containers = [] } = spec?.template?.spec ?? {};
  return [...initContainers, ...containers].flatMap(({ name, env = [] }) =>
    env
      .filter((one) => variables.some((ours) => ours.name === one.name))
      .map((one) => `container ${name} sets ${one.name}`),
  );
}

/** The template's, with the variables in every container. */
function jobSpec({ spec }: JobTemplate, variables: readonly Variable[]) {
  const pod = spec?.template?.spec;
  const withVariables = (containers: readonly Container[] = []) =>
    containers.map((one) => ({ ...one, env: [...(one.env ?? []), ...variables] }));
  return {
    ...spec,
    template: {
      ...spec?.template,
      spec: {
        ...pod,
        ...given({ initContainers: pod?.initContainers && withVariables(pod.initContainers) }),
        containers: withVariables(pod?.containers),
      },
    },
  };
}

/**
 * Labels, annotations and ownership as kubectl gives them, and ours.
 * https://github.com/kubernetes/kubectl/blob/master/pkg/cmd/create/create_job.go
 */
function jobMetadata({ target, origin, marker, template }: PlanInput, cronJob: KubeObject, from: JobTemplate) {
  const { name, uid = '' } = cronJob.metadata;
  const { policy } = origin;
  return {
    labels: {
      ...from.metadata?.labels,
      ...given({
        [LABELS.policy]: policy && labelValue(policy.name),
        [LABELS.policyNamespace]: policy && labelValue(policy.namespace),
      }),
      [LABELS.actionType]: template.type,
      [LABELS.targetKind]: labelValue(target.kind),
      [LABELS.targetName]: labelValue(target.metadata.name),
    },
    annotations: {
      ...from.metadata?.annotations,
      'cronjob.kubernetes.io/instantiate': 'manual',
      [ANNOTATIONS.attempt]: marker,
      [ANNOTATIONS.action]: `${origin.namespace}/${origin.name}`,
    },
    // Without blockOwnerDeletion, which would take a permission on the CronJob's finalizers.
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true }],
  };
}

function templateOf(
  input: PlanInput,
  answer: Answer | undefined,
): Result<{ readonly object: KubeObject; readonly template: JobTemplate }> {
  const what = `CronJob ${namespaceOf(input)}/${templateName(input)}`;
  const object = objectIn(answer);
  if (object === undefined) {
    const why = answer?.found === 'no' ? answer.message : 'nothing was answered';
    return whyNot(
      `${what}, whose template jobAction names, cannot be read: ${why}. Create it there (suspend: true keeps it from running by itself).`,
    );
  }
  const template = (object['spec'] as { readonly jobTemplate?: JobTemplate } | undefined)?.jobTemplate;
  return template === undefined ? whyNot(`${what} has no jobTemplate`) : { value: { object, template } };
}

/** The environment variables that the containers get. `whyNot`: what is wrong with the parameters. */
function variablesOf({ target, template, origin }: PlanInput, cronJob: KubeObject): Result<readonly Variable[]> {
  const parameters = Object.entries(template.jobAction?.parameters ?? {});
  const { metadata: of } = cronJob;
  const declared = (of.annotations?.[ANNOTATIONS.parameters] ?? '').split(',').map((name) => name.trim());
  for (const [name, value] of parameters) {
    const problem = variableProblem(name, value);
    if (problem !== undefined) return whyNot(`jobAction.parameters: ${problem}`);
    if (!declared.includes(name))
      return whyNot(
        `jobAction.parameters: CronJob ${of.namespace}/${of.name} takes no parameter ${name}; name it in its annotation ${ANNOTATIONS.parameters}`,
      );
  }
  const { kind, metadata } = target;
  const own = {
    TARGET_KIND: kind,
    TARGET_NAME: metadata.name,
    TARGET_NAMESPACE: metadata.namespace ?? '',
    TARGET_UID: metadata.uid ?? '',
    TRIGGER: origin.trigger ?? '',
  };
  const ours = Object.entries(own).map(([name, value]) => [`${OWN_VARIABLES}${name}`, value] as const);
  return { value: [...ours, ...parameters].map(([name, value]) => ({ name, value: literal(value) })) };
}

/**
 * `$(NAME)` in a value would be replaced by the kubelet, by a secret of the container for one.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
const literal = (value: string): string => value.replaceAll('$', '$$$$');

interface JobStatus {
  readonly active?: number;
  readonly failed?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

/** The Job is there: what it came to. */
function follow(input: PlanInput, object: KubeObject | undefined): BuiltInPlan {
  const what = `Job ${namespaceOf(input)}/${jobName(input)}`;
  if (!isMarked(object?.metadata, input.marker))
    return refused(
      'JobNameTaken',
      `${what} is there already and was not made for this action; remove it, or look who made it`,
    );
  const status = (object?.['status'] ?? {}) as JobStatus;
  const holds = (type: string) =>
    status.conditions?.find((condition) => condition.type === type && condition.status === 'True');
  if (holds('Complete') !== undefined) return { kind: 'complete', summary: `${what} has completed` };
  const failure = holds('Failed');
  if (failure !== undefined) {
    return refused(
      'JobFailed',
      `${what} failed: ${failure.reason ?? 'Failed'}: ${failure.message ?? 'no message'}. See kubectl logs --namespace ${namespaceOf(input)} job/${jobName(input)}.`,
    );
  }
  const suspended = holds('Suspended') === undefined ? '' : '; it is suspended';
  return {
    kind: 'wait',
    message: `${what} runs: ${status.active ?? 0} pods active, ${status.failed ?? 0} failed${suspended}`,
  };
}
