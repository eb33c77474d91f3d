/**
 * The seal of an action that the operator made. Only the operator makes actions for a policy, with evidence or with its
 * own labels: an action that has any of these, and no seal of the operator for this name, spec and labels, is forged.
 *
 * The seal also says when it was made, so that a copy of an action that was deleted is told by its later creation.
 */
import { actionSpecSchema } from '../../api/healing-action.ts';
import { ANNOTATIONS, LABELS } from '../../api/names.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { wellFormed } from '../../std/well-formed.ts';
import { judgeSeal, type Keyring, type Sealed, sealOf } from './seal.ts';

/**
 * Between the clocks of the operator and the API server, and on the way of one request. The rate limit looks back an
 * hour, so that a copy inside this time is still seen by it.
 */
const MAX_APART_MS = 600_000;

const OURS: ReadonlySet<string> = new Set([
  LABELS.policy,
  LABELS.policyNamespace,
  LABELS.actionType,
  LABELS.targetKind,
  LABELS.targetName,
  LABELS.rootUid,
]);

const ownLabels = (labels: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => OURS.has(name)));

/** The UID is not known yet when it is sealed; the name is the key of an action. */
function sealedCreation({ metadata, spec }: KubeObject): Sealed {
  const { namespace, name, labels } = metadata;
  // As the API server defaults it.
  const content = { namespace, name, labels: ownLabels(labels), spec: actionSpecSchema.parse(spec) };
  return { purpose: 'HealingAction.creation', content };
}

export function withCreationSeal(keyring: Keyring, made: KubeObject, now: Instant): KubeObject {
  // As the server will keep it: evidence has texts of others in it, cut to a length.
  const object = wellFormed(made);
  const seal = sealOf(keyring, sealedCreation(object), Math.floor(now / 1000));
  const annotations = { ...object.metadata.annotations, [ANNOTATIONS.seal]: seal };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function claimsToBeOurs({ spec, metadata }: HealingAction): boolean {
  const { policyRef, evidence, episode, trigger, policyGeneration } = spec;
  const named = [policyRef, evidence, episode, trigger, policyGeneration].some((value) => value !== undefined);
  return named || Object.keys(ownLabels(metadata.labels)).length > 0;
}

/** Why the action was not made by the operator though it says so; undefined when it was, or does not say so. */
export function whyForged(keyring: Keyring, object: KubeObject, action: HealingAction): string | undefined {
  if (!claimsToBeOurs(action)) return undefined;
  const verdict = judgeSeal(keyring, sealedCreation(object), object.metadata.annotations?.[ANNOTATIONS.seal]);
  const only = 'only the operator makes actions with policyRef, trigger, evidence, episode or its labels';
  if (verdict.kind === 'absent') return `it has no seal of the operator, and ${only}`;
  if (verdict.kind === 'wrong') return `its seal does not fit its name, spec and labels, and ${only}`;
  const made = fromTimestamp(object.metadata.creationTimestamp) ?? 0;
  if (Math.abs(made - verdict.turn * 1000) <= MAX_APART_MS) return undefined;
  return 'it is a copy of an older one, or the clocks of the operator and the API server are more than 10 minutes apart';
}
