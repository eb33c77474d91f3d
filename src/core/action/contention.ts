/**
 * Who else keeps setting the fields that an action wants to change. A change that a controller takes back minutes later
 * heals nothing, and the two of them fight: it is refused, by the name of the other. Ownership is what
 * `metadata.managedFields` says of each field, so that a restart's annotation, which nobody's manifest has, is nobody's
 * business. https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Answer, Need } from '../actions/action-kind.ts';
import { autoscalerNeed, autoscalersOf } from '../actions/autoscaler.ts';
import { controllerOf } from '../actions/eviction.ts';
import { verticalAutoscalerNeed, verticalAutoscalersOf } from '../actions/vertical-autoscaler.ts';
import { managersOf, type Path, valueAt } from './managed-fields.ts';
import { describeTarget, targetRef } from '../observation.ts';

export type Contention =
  | { readonly kind: 'none' }
  /**
   * Somebody sets the fields again by and by, when a person releases the next time: worth saying, no reason to leave
   * it.
   */
  | { readonly kind: 'later'; readonly message: string }
  | { readonly kind: 'owned'; readonly message: string }
  /** Whether somebody does cannot be told. */
  | { readonly kind: 'unknown'; readonly message: string };

interface Contender {
  readonly who: string;
  /** What to do instead. */
  readonly instead: string;
  readonly returns: 'by itself' | 'at the next release';
  /** When it sets the field back, where that is not at once. */
  readonly when?: string;
}

interface Claimed extends Contender {
  readonly field: string;
}

/** What has to be read live to tell; nothing for what the plan's own answers have. */
export function contentionNeeds(target: KubeObject, fields: readonly Path[], known: Readonly<Record<string, Answer>>) {
  const needs: Record<string, Need> = {};
  if (fields.some(isReplicas) && known['autoscalers'] === undefined) needs['autoscalers'] = autoscalerNeed(target);
  if (fields.some(isResources) && known['verticalAutoscalers'] === undefined)
    needs['verticalAutoscalers'] = verticalAutoscalerNeed(target);
  return needs;
}

const NONE = { value: [] };

export function contentionOf(
  target: KubeObject,
  fields: readonly Path[],
  answers: Readonly<Record<string, Answer>>,
): Contention {
  const scalers = fields.some(isReplicas) ? autoscalersOf(answers['autoscalers'], target) : NONE;
  const sizers = fields.some(isResources) ? verticalAutoscalersOf(answers['verticalAutoscalers'], target) : NONE;
  const what = describeTarget(targetRef(target));
  const unknown = (why: string): Contention => ({
    kind: 'unknown',
    message: `whether an autoscaler sets fields of ${what} cannot be told: ${why}`,
  });
  if ('whyNot' in scalers) return unknown(scalers.whyNot);
  if ('whyNot' in sizers) return unknown(sizers.whyNot);
  const claims: Claimed[] = fields.flatMap((field) => [
    ...(isReplicas(field) ? scalers.value.map((one) => autoscaler(one, field)) : []),
    ...(isResources(field) ? sizers.value.map((one) => autoscaler(one, field)) : []),
    ...ownersOf(target, field).map((contender) => ({ ...contender, field: shown(field) })),
  ]);
  const keepers = claims.filter(({ returns }) => returns === 'by itself');
  const [first] = keepers.length > 0 ? keepers : claims;
  if (first === undefined) return { kind: 'none' };
  const theirs = [...new Set(claims.filter(({ who }) => who === first.who).map(({ field }) => field))];
  if (first.returns === 'at the next release')
    return { kind: 'later', message: `${first.who} ${first.instead} ${listed(theirs)}` };
  const when = first.when === undefined ? '' : ` ${first.when}`;
  return {
    kind: 'owned',
    message:
      `${first.who} sets ${listed(theirs)} of ${what} and would set it back${when}; ` +
      `${first.instead}, or let the policy say contention: ignore`,
  };
}

const isReplicas = (field: Path): boolean => field.length === 2 && field[0] === 'spec' && field[1] === 'replicas';
const isResources = (field: Path): boolean =>
  field.includes('resources') && field.some((segment) => segment.endsWith('ontainers'));

/** What KEDA makes belongs to a ScaledObject. */
function autoscaler(object: KubeObject, field: Path): Claimed {
  const owner = controllerOf(object);
  const who = owner === undefined ? describeTarget(targetRef(object)) : `${owner.kind} ${owner.name}`;
  return { who, field: shown(field), instead: 'change its bounds', returns: 'by itself' };
}

const MOST_SHOWN = 3;
const listed = (fields: readonly string[]): string =>
  fields.length <= MOST_SHOWN
    ? fields.join(', ')
    : `${fields.slice(0, MOST_SHOWN).join(', ')} and ${fields.length - MOST_SHOWN} more fields`;
const shown = (field: Path): string =>
  field
    .map((segment) => (/^[\w-]+$/.test(segment) ? `.${segment}` : `[${segment}]`))
    .join('')
    .slice(1);

/** The tools that own a field, and what controls the object. */
function ownersOf(target: KubeObject, field: Path): readonly Contender[] {
  const managers = managersOf(target, field);
  // Everything that was ever applied has managers; where they were wiped, what has a value may be anybody's.
  const wiped =
    (target.metadata.managedFields ?? []).length === 0 && !isOurs(field) && valueAt(target, field) !== undefined;
  const tools = TOOLS.flatMap((tool): readonly Contender[] => {
    const name = tool.nameOf(target);
    const applied = managers.some(
      (manager) => tool.managers.test(manager) || (name !== undefined && tool.through?.test(manager) === true),
    );
    if (!applied && !(wiped && name !== undefined)) return [];
    const who = name === undefined ? tool.who : `${tool.who} ${name}`;
    return tool.isOff?.(target) === true ? [] : [{ ...tool, who }];
  });
  const owner = controllingOwner(target, { managers, wiped, field });
  return owner === undefined ? tools : [...tools, owner];
}

interface Tool extends Contender {
  readonly managers: RegExp;
  /** Managers that are its doing when the object bears its mark: it applies through kubectl's library. */
  readonly through?: RegExp;
  /** Which of its objects has the target, by the mark that it leaves. */
  readonly nameOf: (target: KubeObject) => string | undefined;
  readonly isOff?: (target: KubeObject) => boolean;
}

const annotation = ({ metadata }: KubeObject, name: string): string | undefined => metadata.annotations?.[name];
const label = ({ metadata }: KubeObject, name: string): string | undefined => metadata.labels?.[name];
const inNamespace = (target: KubeObject, prefix: string): string | undefined => {
  const [namespace, name] = [label(target, `${prefix}/namespace`), label(target, `${prefix}/name`)];
  return name === undefined ? undefined : namespace === undefined ? name : `${namespace}/${name}`;
};
const KUBECTL = /^kubectl(-client-side-apply)?$/;
const FLUX = 'kustomize.toolkit.fluxcd.io';

/** Their field managers are constants of these tools; the marks are documented by each. */
const TOOLS: readonly Tool[] = [
  {
    // https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
    who: 'Argo CD application',
    managers: /^argocd-(application-)?controller$/,
    through: KUBECTL,
    instead: 'change it in its repository, or list the field in its ignoreDifferences',
    returns: 'by itself',
    // https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-self-healing
    when: 'at its next sync (at once with selfHeal)',
    nameOf: (target) =>
      annotation(target, 'argocd.argoproj.io/tracking-id')?.split(':')[0] ??
      label(target, 'argocd.argoproj.io/instance'),
  },
  {
    // https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
    who: 'Flux Kustomization',
    managers: /^kustomize-controller$/,
    instead: 'change it at its source',
    returns: 'by itself',
    nameOf: (target) => inNamespace(target, FLUX),
    isOff: (target) =>
      annotation(target, `${FLUX}/reconcile`) === 'disabled' ||
      ['Ignore', 'IfNotPresent'].includes(annotation(target, `${FLUX}/ssa`) ?? ''),
  },
  {
    // https://fluxcd.io/flux/components/helm/helmreleases/#drift-detection
    who: 'Flux HelmRelease',
    managers: /^helm-controller$/,
    instead: 'change its values',
    returns: 'by itself',
    when: 'at its next upgrade (sooner with driftDetection)',
    nameOf: (target) => inNamespace(target, 'helm.toolkit.fluxcd.io'),
  },
  {
    who: 'KEDA',
    managers: /^keda(-operator)?$/,
    instead: 'change the bounds of its ScaledObject',
    returns: 'by itself',
    nameOf: () => undefined,
  },
  {
    who: 'the vertical pod autoscaler',
    managers: /^vpa-(updater|admission-controller)$/,
    instead: 'change the bounds of its VerticalPodAutoscaler',
    returns: 'by itself',
    nameOf: () => undefined,
  },
  {
    // https://helm.sh/docs/chart_best_practices/labels/
    who: 'the next upgrade of Helm release',
    managers: /^helm$/i,
    instead: 'sets back',
    returns: 'at the next release',
    nameOf: (target) => annotation(target, 'meta.helm.sh/release-name'),
  },
];

/** People, their tools, and who only does as they said. */
const NO_OPERATOR =
  /^(kubectl.*|helm|kubeskippy.*|kube-controller-manager|before-first-apply|argocd-.*|kustomize-controller|helm-controller)$/i;
/** Controllers that make objects and then leave their specification alone. */
const MAKERS: ReadonlySet<string> = new Set(['CronJob', 'Job']);

/**
 * A Deployment keeps its ReplicaSets as they are, an operator what its custom resource describes. Of pods no controller
 * sets anything back.
 */
function controllingOwner(
  target: KubeObject,
  { managers, wiped, field }: { readonly managers: readonly string[]; readonly wiped: boolean; readonly field: Path },
): Contender | undefined {
  const owner = controllerOf(target);
  if (owner === undefined || target.kind === 'Pod' || MAKERS.has(owner.kind)) return undefined;
  const builtIn = target.kind === 'ReplicaSet' && owner.kind === 'Deployment';
  const theirs = builtIn ? field[0] === 'spec' : wiped || managers.some((manager) => !NO_OPERATOR.test(manager));
  if (!theirs) return undefined;
  return { who: `${owner.kind} ${owner.name}`, instead: `change ${owner.kind} ${owner.name}`, returns: 'by itself' };
}

/**
 * What nobody's manifest has. Argo CD compares what its manifests have; Flux takes away fields of managers whose names
 * begin with `kubectl`, as after `kubectl rollout restart`, and ours does not
 * (https://fluxcd.io/flux/faq/#why-are-kubectl-edits-rolled-back-by-flux). The operator of a custom resource may write
 * whole templates and drop the annotation, which nothing tells beforehand.
 */
const isOurs = (field: Path): boolean =>
  ([ANNOTATIONS.restartedAt, ANNOTATIONS.attempt] as readonly string[]).includes(field.at(-1) ?? '');
