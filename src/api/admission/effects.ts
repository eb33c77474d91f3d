/**
 * What the operator's own account may not do, whatever its permissions and whatever it was made to believe: change what
 * is protected, or what a pod runs. A rollback changes what pods run: it goes back to a revision that was rolled out
 * before, and says so by the mark of the revisions that it left.
 *
 * Evictions and writes to the scale of a workload do not show the marks of the object: there only its namespace counts.
 */
import { ANNOTATIONS, GROUP, LABELS } from '../names.ts';
import { type AdmissionOptions, operatorUser } from './caller.ts';
import { type AdmissionPair, admissionPair, type Validation } from './policy-pair.ts';

export const EFFECTS_POLICY = 'kubeskippy-effects';

export interface EffectsOptions extends AdmissionOptions {
  readonly protectedNamespaces: readonly string[];
  /**
   * `kept`: no pod template changes in what it runs but by a rollback. `changed`: configuration or a plugin of this
   * operator is there to change it.
   */
  readonly templates: 'kept' | 'changed';
  /** `made`: a plugin makes pods. Omitted: pods are tried by dry runs alone. */
  readonly pods?: 'made' | undefined;
}

/** The operator's own memory and words, and what every client asks. */
const FREE = [
  { apiGroups: [GROUP], resources: ['*/*'], operations: ['CREATE', 'UPDATE', 'DELETE'] },
  { apiGroups: ['', 'events.k8s.io'], resources: ['events'], operations: ['CREATE', 'UPDATE'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], operations: ['CREATE', 'UPDATE'] },
] as const;

/** Pods are made to see whether they would be admitted, and never in earnest. */
const dryPods: Validation = {
  expression:
    "request.operation != 'CREATE' || request.resource.resource != 'pods' || has(request.subResource) || (has(request.dryRun) && request.dryRun)",
  message: 'the operator makes no pods; it asks by a dry run whether one would be admitted',
};

export const effectsPolicy = (options: EffectsOptions): AdmissionPair =>
  admissionPair(EFFECTS_POLICY, {
    resourceRules: [{ apiGroups: ['*'], resources: ['*/*'], operations: ['CREATE', 'UPDATE', 'DELETE'] }],
    excludeResourceRules: FREE,
    matchConditions: [{ name: 'operator', expression: `request.userInfo.username == '${operatorUser(options)}'` }],
    variables: [
      {
        name: 'templated',
        expression: `request.operation == 'UPDATE' && !has(request.subResource) && (${['pods', ...TEMPLATED].map((one) => `request.resource.resource == '${one}'`).join(' || ')})`,
      },
      ...(['object', 'oldObject'] as const).flatMap((of) => [
        { name: `${of}Template`, expression: templateOf(of) },
        { name: `${of}Pod`, expression: `variables.${of}Template.spec` },
      ]),
    ],
    validations: [
      ...(options.pods === 'made' ? [] : [dryPods]),
      ...protection(options),
      ...(options.templates === 'kept' ? whatRuns() : []),
    ],
  });

const TEMPLATED = [
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'cronjobs',
];

/** What is empty of a request is not there. A pod is its own template. */
const templateOf = (of: string): string =>
  `request.resource.resource == 'pods' ? ${of} : (request.resource.resource == 'cronjobs' ? ${of}.spec.jobTemplate.spec.template : ${of}.spec.template)`;

/** As the gate `Protected` reads them: on labels and annotations alike. */
function isMarked(of: string): string {
  const marks = (['labels', 'annotations'] as const).flatMap((map) => {
    const there = (key: string) => `has(${of}.metadata.${map}) && '${key}' in ${of}.metadata.${map}`;
    const value = (key: string) => `${of}.metadata.${map}['${key}']`;
    return [
      `(${there(LABELS.protected)} && ${value(LABELS.protected)} == 'true')`,
      `(${there(ANNOTATIONS.healingDisabled)} && ${value(ANNOTATIONS.healingDisabled)} != 'false')`,
    ];
  });
  return `(${marks.join(' || ')})`;
}

const protection = ({ protectedNamespaces }: EffectsOptions): readonly Validation[] => [
  {
    expression: `!has(request.namespace) || !(request.namespace in [${protectedNamespaces.map((name) => `'${name}'`).join(', ')}])`,
    message: 'the operator changes nothing in a protected namespace',
  },
  {
    expression: `!has(request.namespace) || !${isMarked('namespaceObject')}`,
    message: `the operator changes nothing in a namespace with ${LABELS.protected} or ${ANNOTATIONS.healingDisabled}`,
  },
  {
    expression: `oldObject == null || !${isMarked('oldObject')}`,
    message: `the operator changes nothing that has ${LABELS.protected} or ${ANNOTATIONS.healingDisabled}`,
  },
];

/** What decides what code runs and with which rights. */
const POD_FIELDS = [
  'serviceAccountName',
  'volumes',
  'securityContext',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'runtimeClassName',
];
const CONTAINER_FIELDS = ['image', 'command', 'args', 'env', 'envFrom', 'securityContext', 'volumeMounts', 'lifecycle'];
/** AppArmor, and what clouds and secret stores give a pod by its annotations. */
const RIGHTS = [
  'container.apparmor.security.beta.kubernetes.io/',
  'iam.amazonaws.com/',
  'eks.amazonaws.com/',
  'iam.gke.io/',
  'azure.workload.identity/',
  'aadpodidbinding',
  'vault.hashicorp.com/',
  'sidecar.istio.io/',
];

function whatRuns(): readonly Validation[] {
  const mark = (of: string) =>
    `(has(${of}.metadata.annotations) && '${ANNOTATIONS.failedRevisions}' in ${of}.metadata.annotations ? ${of}.metadata.annotations['${ANNOTATIONS.failedRevisions}'] : '')`;
  const free = `!variables.templated || ${mark('object')} != ${mark('oldObject')}`;
  const same = (value: (pod: string) => string) =>
    `${free} || ${value('variables.objectPod')} == ${value('variables.oldObjectPod')}`;
  const message = (what: string) => `the operator changes no ${what} of a pod template, but by a rollback`;
  return [
    ...POD_FIELDS.map((name) => ({
      expression: same((pod) => `(has(${pod}.${name}) ? ${pod}.${name} : null)`),
      message: message(name),
    })),
    ...['containers', 'initContainers', 'ephemeralContainers'].map((list) => ({
      expression: same(
        (pod) =>
          `(has(${pod}.${list}) ? ${pod}.${list}.map(c, [c.name, ${CONTAINER_FIELDS.map((name) => `has(c.${name}) ? c.${name} : null`).join(', ')}]) : [])`,
      ),
      message: message(`${CONTAINER_FIELDS.join(', ')} of ${list}`),
    })),
    ...(['annotations', 'labels'] as const).map((map) => ({
      expression: `${free} || (${keptRights('object', 'oldObject', map)} && ${keptRights('oldObject', 'object', map)})`,
      message: message(`${map} that give rights`),
    })),
  ];
}

/** Every mark that gives rights and that the one template has, the other has too. */
function keptRights(of: string, other: string, map: 'annotations' | 'labels'): string {
  const marks = (which: string) => {
    const metadata = `variables.${which}Template.metadata`;
    return `(has(variables.${which}Template.metadata) && has(${metadata}.${map}) ? ${metadata}.${map} : {})`;
  };
  const gives = RIGHTS.map((prefix) => `k.startsWith('${prefix}')`).join(' || ');
  return `${marks(of)}.all(k, !(${gives}) || (k in ${marks(other)} && ${marks(of)}[k] == ${marks(other)}[k]))`;
}
