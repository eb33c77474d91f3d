/**
 * `resize`: other requests and limits for containers. A pod is resized in place, through `pods/resize`, where the
 * server has it (https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/); a workload by
 * its template, which rolls out.
 */
import { ANNOTATIONS } from '../../api/names.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { patchOfTarget } from '../authority/reach.ts';
import { pointerOf } from '../../std/json.ts';
import { describeObject } from '../observation.ts';
import { planUndo } from '../action/undo.ts';
import {
  type BuiltInKind,
  type BuiltInPlan,
  markedOutcome,
  type Outcome,
  type PlanInput,
  type Refusal,
  refused,
  sameTarget,
  type Seen,
} from './action-kind.ts';
import { growthsOf, qosClass, resized, type ResizeSpec, type Resources } from './container-resources.ts';
import { changesOf, type Difference, differencesOf, forwards, inverseOf, leavesOf } from './field-changes.ts';
import { jsonPatch, oneRequest } from './requests.ts';
import { verticalAutoscalerNeed, verticalAutoscalersOf } from './vertical-autoscaler.ts';

const RESOURCES = ['containers', '*', 'resources', '**'];

export const resize: BuiltInKind = {
  kinds: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  proof: 'healed',
  wayBack: 'yes: the amounts that were there before',
  rbac: [
    { apiGroups: [''], resources: ['pods/resize'], verbs: ['patch'] },
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['patch'] },
  ],
  reach: ({ targetKind }) =>
    targetKind === 'Pod'
      ? [patchOfTarget([pointerOf(['spec', ...RESOURCES])], 'resize')]
      : [patchOfTarget([pointerOf(['spec', 'template', 'spec', ...RESOURCES])])],
  needs: ({ target }) => ({ verticalAutoscalers: verticalAutoscalerNeed(target) }),
  plan: planResize,
  classify: (seen): Outcome => {
    const target = sameTarget(seen);
    return target !== undefined && seen.kind === 'Pod' ? podOutcome(seen, target) : markedOutcome(seen);
  },
};

/** `pods/resize` keeps no annotation, so that nothing but the amounts themselves can tell. */
function podOutcome({ requests }: Seen, pod: KubeObject): Outcome {
  const inverse = requests[0]?.inverse;
  if (inverse === undefined) return 'unknown';
  const { kind } = planUndo(inverse, pod);
  return kind === 'request' ? 'done' : kind === 'restored' ? 'not done' : 'superseded';
}

interface Container {
  readonly name: string;
  readonly resources?: Resources;
}
interface PodSpec {
  readonly containers?: readonly Container[];
}
const podSpecOf = (target: KubeObject): PodSpec => {
  const spec = (target['spec'] ?? {}) as PodSpec & { readonly template?: { readonly spec?: PodSpec } };
  return target.kind === 'Pod' ? spec : (spec.template?.spec ?? {});
};

function withContainers(target: KubeObject, containers: readonly Container[]): KubeObject {
  const spec = (target['spec'] ?? {}) as { readonly template?: { readonly spec?: object } };
  if (target.kind === 'Pod') return { ...target, spec: { ...spec, containers } };
  return { ...target, spec: { ...spec, template: { ...spec.template, spec: { ...spec.template?.spec, containers } } } };
}

function planResize(input: PlanInput): BuiltInPlan {
  const { target, template, answers } = input;
  const what = describeObject(target);
  const spec = template.resizeAction;
  if (spec === undefined) return refused('InvalidAction', 'resizeAction is missing');
  const state = refusalOf(input);
  if (state !== undefined) return state;
  const owners = verticalAutoscalersOf(answers['verticalAutoscalers'], target);
  if ('whyNot' in owners)
    return refused(
      'AutoscalersUnknown',
      `whether an autoscaler owns the resources of ${what} cannot be told: ${owners.whyNot}`,
    );
  const [owner] = owners.value;
  if (owner !== undefined)
    return refused(
      'FieldOwned',
      `VerticalPodAutoscaler ${owner.metadata.name} sets the resources of ${what} and would set them back; change its resourcePolicy, or set its updateMode to Off`,
    );
  const made = resizedTarget(target, spec);
  return made.kind === 'refused' ? made : resizeRequest(input, made.after);
}

/** Why a resize would have no effect; undefined when it would have one. */
function refusalOf({ target, subresources }: PlanInput): Refusal | undefined {
  const what = describeObject(target);
  if (target.kind === 'Pod') {
    if (subresources.includes('resize')) return undefined;
    return refused(
      'NoInPlaceResize',
      `${what} cannot be resized: this server changes no running pods (it has no pods/resize, Kubernetes 1.33); let the policy select its workload`,
    );
  }
  const spec = target['spec'] as
    | { readonly paused?: boolean; readonly updateStrategy?: { readonly type?: string } }
    | undefined;
  if (spec?.paused === true)
    return refused(
      'Paused',
      `${what} is paused: new resources would not roll out. Resume it with kubectl rollout resume.`,
    );
  if (spec?.updateStrategy?.type === 'OnDelete')
    return refused(
      'OnDelete',
      `${what} has updateStrategy OnDelete: new resources reach a pod only when it is deleted. Resize its pods instead.`,
    );
  return undefined;
}

function resizedTarget(
  target: KubeObject,
  spec: ResizeSpec,
): { readonly kind: 'resized'; readonly after: KubeObject } | Refusal {
  const what = describeObject(target);
  const asked = growthsOf(spec);
  if ('whyNot' in asked) return refused('InvalidAction', `resizeAction of ${what}: ${asked.whyNot}`);
  const growths = asked.value;
  const { containers = [] } = podSpecOf(target);
  const chosen = containers.filter(({ name }) => spec.container === undefined || name === spec.container);
  if (chosen.length === 0)
    return refused(
      'NoContainer',
      `${what} has no container ${spec.container}, only ${containers.map(({ name }) => name).join(', ')}`,
    );
  const changed = new Map<string, Resources>();
  for (const { name, resources = {} } of chosen) {
    const next = resized(resources, growths);
    if (next !== undefined) changed.set(name, next);
  }
  const names = growths.map(({ resource }) => resource).join(' or ');
  if (changed.size === 0)
    return refused(
      'NoResources',
      `no container of ${what} has a request or limit of ${names} that could be multiplied; set one first`,
    );
  const resizedContainers = containers.map((container) => {
    const resources = changed.get(container.name);
    return resources === undefined ? container : { ...container, resources };
  });
  const after = withContainers(target, resizedContainers);
  if (differencesOf(target, after).length === 0)
    return refused('NothingToDo', `${names} of ${what} has reached its bounds: ${amounts(chosen)}`);
  const [before, then] = [qosClass(containers), qosClass(resizedContainers)];
  if (target.kind === 'Pod' && before !== then)
    return refused(
      'QosClass',
      `${what} is of QoS class ${before} and would become ${then}, which a running pod cannot; choose a factor or bounds that keep requests and limits as they are to each other`,
    );
  return { kind: 'resized', after };
}

const amounts = (containers: readonly Container[]): string =>
  containers
    .map(
      ({ name, resources = {} }) =>
        `${name} ${JSON.stringify({ requests: resources.requests, limits: resources.limits })}`,
    )
    .join(', ');

function resizeRequest(input: PlanInput, after: KubeObject): BuiltInPlan {
  const { target, marker } = input;
  const what = describeObject(target);
  const path = target.kind === 'Pod' ? `${input.path}/resize` : input.path;
  const differences = differencesOf(target, after);
  const inverse = inverseOf(after, differences, { path, description: `set the resources of ${what} back` });
  if ('whyNot' in inverse)
    return refused('TooManyChanges', `${what} has too many containers for one action: ${inverse.whyNot}; name one`);
  const mark: Difference = { path: ['metadata', 'annotations', ANNOTATIONS.attempt], before: undefined, after: marker };
  const request = jsonPatch(target, {
    path,
    description: `resize ${what}: ${told(differences)}`,
    operations: forwards(target, target.kind === 'Pod' ? differences : [mark, ...differences]),
    inverse: inverse.value,
  });
  return oneRequest(request, { changes: changesOf(target, differences), fields: differences.map((one) => one.path) });
}

/** `limits.memory 64Mi → 96Mi`: four tell what is going on. */
function told(differences: readonly Difference[]): string {
  const leaves = differences.flatMap(leavesOf);
  const text = leaves
    .slice(0, 4)
    .map(({ path, before, after }) => `${path.slice(-2).join('.')} ${String(before)} → ${String(after)}`);
  return `${text.join(', ')}${leaves.length > 4 ? ' …' : ''}`;
}
