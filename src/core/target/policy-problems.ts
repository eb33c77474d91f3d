/**
 * A HealingPolicy compiled for this operator. A trigger or an action that this operator cannot serve becomes a problem,
 * like one that the schema refuses. An action keeps only the kinds that its type supports. Example: an action `restart`
 * with kinds Deployment and Node keeps Deployment; with Node alone it is left out and reported.
 */
import type { LanguageChecks } from '../../api/compile-trigger.ts';
import { parsePolicy } from '../../api/parse-policy.ts';
import type { Action, HealingPolicy, ResourceFilter, Trigger } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { authorityOf, type ImpersonationRules } from '../authority/account.ts';
import type { ActionRegistry } from '../actions/index.ts';
import type { ProblemReason } from '../reasons/index.ts';
import { AGGREGATE_LABEL } from '../../api/names.ts';
import { type Known, silencesOf } from './silences.ts';
import { isDenied } from '../authority/denied-kind.ts';
import { TO_WATCH, withMissingRule } from '../authority/forbidden.ts';
import { forbiddenNamespaces, namespacesOf, type ScopeRules } from './scope.ts';

/** One line of the `Ready` condition. */
export interface PolicyProblem {
  readonly path: string;
  readonly message: string;
  readonly reason: ProblemReason;
}

export interface CompiledPolicy {
  /** Undefined when nothing of it can be used. */
  readonly policy: HealingPolicy | undefined;
  readonly problems: readonly PolicyProblem[];
}

/** A query bound to the namespaces; or why it cannot be. */
export type QueryConfinement = (
  query: string,
  namespaces: readonly string[],
) => { readonly query: string } | { readonly refused: string };

/** The abilities of this operator, as far as policies ask for them. */
export interface CompileRules {
  readonly scope: ScopeRules;
  readonly registry: ActionRegistry;
  readonly checks: LanguageChecks;
  readonly hasSource: (name: string) => boolean;
  readonly confine: QueryConfinement;
  readonly impersonation: ImpersonationRules;
  /** Kinds that are never targets. */
  readonly deniedKinds: readonly string[];
  /** What tells of parts that can never do anything. */
  readonly known?: Pick<Known, 'settings' | 'families' | 'fieldsOf'>;
}

export function compilePolicy(object: KubeObject, rules: CompileRules): CompiledPolicy {
  const { policy, problems } = parsePolicy(object, rules.checks);
  if (policy === undefined) return { policy, problems };
  const confined = confineQueries(policy, rules);
  const authority = authorityOf(policy, rules.impersonation);
  const unauthorised: readonly PolicyProblem[] =
    authority.kind === 'none'
      ? [{ path: 'spec.serviceAccountName', reason: authority.reason, message: authority.message }]
      : [];
  const fitted = fitActions(authority.kind === 'none' ? [] : policy.actions, rules.registry);
  const { selector } = policy;
  const denied = selector.resources.filter((resource) => isDenied(resource, rules.deniedKinds));
  const resources = selector.resources.filter((resource) => !denied.includes(resource));
  const usable = { ...policy, selector: { ...selector, resources }, actions: fitted.actions };
  const { clusterPolicyNamespaces } = rules.scope;
  return {
    policy: { ...usable, triggers: confined.triggers },
    problems: [
      ...problems,
      ...unauthorised,
      ...denied.map(deniedKind),
      ...unworkable(policy, rules),
      ...confined.problems,
      ...fitted.problems,
      ...silencesOf(usable, { ...rules.known, clusterPolicyNamespaces }),
    ],
  };
}

/** Wishes that the schema accepts and this operator cannot fulfil. */
function unworkable(policy: HealingPolicy, rules: CompileRules): readonly PolicyProblem[] {
  const { scope, hasSource } = rules;
  const { namespace: home, triggers } = policy;
  const forbidden = forbiddenNamespaces(policy, scope).map(
    (namespace): PolicyProblem => ({
      path: 'spec.selector.namespaces',
      reason: 'NamespaceNotPermitted',
      message: `policies in namespace ${home} may not reach into ${namespace}; add ${home} to the operator's clusterPolicyNamespaces, or put the policy there`,
    }),
  );
  const sourceless = triggers.flatMap((trigger): readonly PolicyProblem[] =>
    trigger.type !== 'metric' || trigger.source === undefined || hasSource(trigger.source)
      ? []
      : [
          {
            path: `spec.triggers[${trigger.name}].metricTrigger.source`,
            reason: 'UnknownSource',
            message: `the operator's configuration has no metric source ${trigger.source}`,
          },
        ],
  );
  return [...forbidden, ...sourceless];
}

/**
 * A policy sees the series of the namespaces that it may reach, and no others: what a query answers comes back in its
 * evidence and in Events, and would tell one team of another.
 */
function confineQueries(
  policy: HealingPolicy,
  { scope, confine }: CompileRules,
): { readonly triggers: readonly Trigger[]; readonly problems: readonly PolicyProblem[] } {
  if (scope.clusterPolicyNamespaces.includes(policy.namespace)) return { triggers: policy.triggers, problems: [] };
  const triggers: Trigger[] = [];
  const problems: PolicyProblem[] = [];
  for (const trigger of policy.triggers) {
    if (trigger.type !== 'metric') {
      triggers.push(trigger);
      continue;
    }
    const bound = confine(trigger.query, namespacesOf(policy, scope) ?? []);
    if ('query' in bound) triggers.push({ ...trigger, query: bound.query });
    else {
      const path = `spec.triggers[${trigger.name}].metricTrigger.query`;
      const way = `move the policy to one of the operator's clusterPolicyNamespaces, or ask for series of namespace ${policy.namespace}`;
      problems.push({ path, reason: 'QueryNotPermitted', message: `${bound.refused}; ${way}` });
    }
  }
  return { triggers, problems };
}

/** The actions that this operator can take, each with the kinds that it can be done to; the others are reported. */
function fitActions(
  actions: readonly Action[],
  registry: ActionRegistry,
): { readonly actions: readonly Action[]; readonly problems: readonly PolicyProblem[] } {
  const fitting: Action[] = [];
  const problems: PolicyProblem[] = [];
  for (const action of actions) {
    const known = registry.find(action.template);
    const path = `spec.actions[${action.name}]`;
    if ('whyNot' in known) {
      problems.push({ path: `${path}.type`, reason: 'UnsupportedAction', message: known.whyNot });
      continue;
    }
    const found = known.value;
    const kinds = fittingKinds(action.kinds, found.kinds);
    if (found.kinds !== 'any' && kinds.length === 0) {
      const message = `${action.type} supports none of these kinds, only ${found.kinds.join(', ')}`;
      problems.push({ path: `${path}.kinds`, reason: 'UnsupportedKind', message });
      continue;
    }
    fitting.push({ ...action, kinds });
  }
  return { actions: fitting, problems };
}

/** Empty `wanted`: all that are supported. */
function fittingKinds(wanted: readonly string[], supported: 'any' | readonly string[]): readonly string[] {
  if (supported === 'any') return wanted;
  return wanted.length === 0 ? supported : wanted.filter((kind) => supported.includes(kind));
}

interface KindResource {
  readonly group: string;
  readonly resource: string;
}

/** A kind that the operator's own account may not read. */
export function unreadableKind(
  { apiVersion, kind }: Pick<ResourceFilter, 'apiVersion' | 'kind'>,
  { group, resource }: KindResource,
): PolicyProblem {
  const rule = `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["get", "list", "watch"]}`;
  const where = `a ClusterRole with the label ${AGGREGATE_LABEL}: "true"`;
  return {
    path: `spec.selector.resources[${apiVersion}/${kind}]`,
    reason: 'Forbidden',
    message: `the operator may not read ${kind} of ${apiVersion}; an administrator can add the rule ${rule} to ${where}`,
  };
}

/** Event triggers of the policy count nothing, and are unknown. */
export const unreadableEvents = (message: string): PolicyProblem => ({
  path: 'spec.triggers',
  reason: 'Forbidden',
  message: `the operator may not read Events, which its event triggers count: ${withMissingRule(message, TO_WATCH)}`,
});

const deniedKind = ({ apiVersion, kind }: ResourceFilter): PolicyProblem => ({
  path: `spec.selector.resources[${apiVersion}/${kind}]`,
  reason: 'Forbidden',
  message: `${apiVersion}/${kind} is among the deniedKinds of the operator's configuration, which are never targets; take the kind out of the policy`,
});

/** Of a policy beyond those that its namespace may have nothing is used. */
export const withoutPlace = (max: number): CompiledPolicy => ({
  policy: undefined,
  problems: [
    {
      path: 'metadata.namespace',
      reason: 'TooManyPolicies',
      message: `the namespace has more than ${max} HealingPolicies, and the oldest ${max} are served (namespaceLimits.policies); delete policies that are not needed, or ask an administrator of the operator for more`,
    },
  ],
});

/** A finalizer keeps it, which is nobody's reason to heal on. */
export const BEING_DELETED: CompiledPolicy = {
  policy: undefined,
  problems: [
    {
      path: 'metadata.deletionTimestamp',
      reason: 'BeingDeleted',
      message: 'the policy was deleted, and a finalizer keeps it: nothing new is healed by it',
    },
  ],
};

/** A kind that may come with a CRD later. */
export const unknownKind = ({ apiVersion, kind }: Pick<ResourceFilter, 'apiVersion' | 'kind'>): PolicyProblem => ({
  path: `spec.selector.resources[${apiVersion}/${kind}]`,
  reason: 'UnknownKind',
  message: `the server does not serve kind ${kind} of ${apiVersion}`,
});
