/**
 * An action without policy is its author's: it reaches its own namespace and no further, and it is carried out only
 * when its author is known to have the right to do the same by hand. The admission policy asks for that right when the
 * action is made: it cannot be found out later.
 */
import type { HealingAction } from '../../api/parse-action.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { describeTarget } from '../observation.ts';
import type { ScopeRules } from '../target/scope.ts';
import { type Guard, type Unproven, unprovenBy } from './guard.ts';

/** By live reads. */
export interface AuthorScene {
  /** As the action names it. */
  readonly name?: string;
  readonly guard: Guard;
  readonly unproven: Unproven;
}

export type HandMadeRefusal = { readonly reason: 'OutOfScope' | 'AuthorUnproven'; readonly message: string };

/** Why the action may not be carried out; undefined when it may. `author`: unknown where nothing was read. */
export function handMadeRefusal(
  action: HealingAction,
  { scope, author }: { readonly scope: ScopeRules; readonly author?: AuthorScene },
): HandMadeRefusal | undefined {
  if (action.spec.policyRef !== undefined) return undefined;
  const outside = outsideReach(action, scope);
  if (outside !== undefined) return { reason: 'OutOfScope', message: outside };
  const unproven = author === undefined ? undefined : unprovenAuthor(action, author);
  return unproven === undefined ? undefined : { reason: 'AuthorUnproven', message: unproven };
}

/** Why the target lies outside what an action of this namespace may touch; undefined when it lies inside. */
function outsideReach(action: HealingAction, { clusterPolicyNamespaces }: ScopeRules): string | undefined {
  const { targetResource } = action.spec;
  if (targetResource.namespace === action.namespace) return undefined;
  if (clusterPolicyNamespaces.includes(action.namespace)) return undefined;
  const where = targetResource.namespace === undefined ? 'in no namespace' : 'in another namespace';
  return `${describeTarget({ ...targetResource })} lies ${where}: an action made by hand in namespace ${action.namespace} reaches that namespace alone`;
}

/** Why nothing proves that the author may do this; undefined when it is proven, or accepted. */
function unprovenAuthor({ createdAt }: HealingAction, scene: AuthorScene): string | undefined {
  if (scene.unproven === 'accept') return undefined;
  const { name: author = '' } = scene;
  if (author === '') return `annotation ${ANNOTATIONS.author} does not name its author`;
  const why = unprovenBy(scene.guard, createdAt ?? 0);
  return why === undefined
    ? undefined
    : `that ${author} made it and may do this is not proven, since admission policy kubeskippy-actions ${why}`;
}
