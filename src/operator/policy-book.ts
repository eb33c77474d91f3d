/**
 * What the operator holds of each policy between laps. All of it can be read again from the cluster: the policy, and
 * its status.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { LanguageChecks } from '../api/compile-trigger.ts';
import { parsePolicy } from '../api/parse-policy.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import type { Action, HealingPolicy } from '../api/policy.ts';
import { type ActionRegistry, isUnavailable } from '../core/actions/index.ts';
import type { Decision, Standing, TargetState } from '../core/target/evaluate-target.ts';
import type { TargetRef } from '../core/observation.ts';
import type { Population } from '../core/gates/proposal.ts';
import type { MetricHealth } from '../core/target/policy-status.ts';
import { forbiddenNamespaces, type ScopeRules } from '../core/target/scope.ts';
import { isSupported } from '../core/triggers/index.ts';

export interface TargetEntry {
  readonly ref: TargetRef;
  state: TargetState;
  standing: Standing;
  decision: Decision;
}

export interface PolicyProblem {
  readonly path: string;
  readonly message: string;
  readonly reason: string;
}

export interface ReadingRules {
  readonly scope: ScopeRules;
  readonly registry: ActionRegistry;
  readonly checks: LanguageChecks;
  readonly hasSource: (name: string) => boolean;
}

export class PolicyEntry {
  readonly key: string;
  readonly uid: string;
  object: KubeObject;
  policy: HealingPolicy | undefined;
  problems: readonly PolicyProblem[] = [];
  /** Kinds that the server does not serve; they are asked for again. */
  unknownKinds: readonly PolicyProblem[] = [];
  /** The status as the server holds it, to our knowledge. */
  status: PolicyStatus;
  massFailure: PolicyStatus['massFailure'];
  /** What the newest round said of the data of its metric triggers. */
  metrics: readonly MetricHealth[] = [];
  readonly targets = new Map<string, TargetEntry>();
  /** Targets with an open episode: the only ones that a change of budgets or history can concern. */
  readonly open = new Set<string>();
  #firing = 0;
  readonly #standings = new Map<string, Standing>();
  readonly #counts: Record<Standing, number> = { healthy: 0, unhealthy: 0, unknown: 0 };

  constructor(key: string, object: KubeObject) {
    this.key = key;
    this.uid = object.metadata.uid ?? '';
    this.object = object;
    // Read as the API server defaulted it; parsePolicy checks the spec, the status is our own writing.
    this.status = (object['status'] as PolicyStatus | undefined) ?? {};
    this.massFailure = this.status.massFailure;
  }

  /** Takes in a new version; says whether the spec changed. */
  update(object: KubeObject, rules: ReadingRules): boolean {
    const changed = this.policy === undefined || object.metadata.generation !== this.object.metadata.generation;
    this.object = object;
    if (!changed) return false;
    const { policy, problems } = parsePolicy(object, rules.checks);
    const fitted = policy === undefined ? { actions: [], problems: [] } : fitActions(policy.actions, rules.registry);
    this.policy = policy === undefined ? undefined : { ...policy, actions: fitted.actions };
    this.problems = [...problems, ...(policy === undefined ? [] : unworkable(policy, rules)), ...fitted.problems];
    return true;
  }

  set(id: string, entry: TargetEntry): void {
    this.delete(id);
    this.targets.set(id, entry);
    this.#standings.set(entry.ref.uid, entry.standing);
    this.#counts[entry.standing]++;
    if (isFiring(entry)) this.#firing++;
    if (entry.state.startedAt !== undefined) this.open.add(id);
  }

  delete(id: string): boolean {
    const old = this.targets.get(id);
    if (old === undefined) return false;
    this.#counts[old.standing]--;
    if (isFiring(old)) this.#firing--;
    this.#standings.delete(old.ref.uid);
    this.open.delete(id);
    return this.targets.delete(id);
  }

  /**
   * The counts that begin a stop: only what has failed for its whole duration. Pods that start are pending under
   * `Ready=False`; while many do nothing is healed, but no stop outlasts them.
   */
  failures(healing: ReadonlySet<string>): Population {
    const { matched, unhealthy, troubled, ...rest } = this.population(healing);
    return { matched, ...rest, unhealthy: this.#firing, troubled: troubled - unhealthy + this.#firing };
  }

  /** Counts over all targets; its cost is the actions in flight, not the targets. */
  population(healing: ReadonlySet<string>): Population {
    const standings = [...healing].flatMap((uid) => this.#standings.get(uid) ?? []);
    const { unhealthy, unknown } = this.#counts;
    const healthyButHealing = standings.filter((standing) => standing === 'healthy').length;
    return {
      matched: this.targets.size,
      unhealthy,
      unknown,
      healing: standings.length,
      troubled: unhealthy + unknown + healthyButHealing,
    };
  }
}

const isFiring = ({ state }: TargetEntry): boolean =>
  Object.values(state.triggers).some((trigger) => trigger.state === 'firing');

/** What the schema accepts and this operator cannot do: said in `Ready`, so that nobody waits for it. */
function unworkable(policy: HealingPolicy, { scope, hasSource }: ReadingRules): readonly PolicyProblem[] {
  const forbidden = forbiddenNamespaces(policy, scope);
  return [
    ...forbidden.map((namespace) => ({
      path: 'spec.selector.namespaces',
      reason: 'NamespaceNotPermitted',
      message: `policies in namespace ${policy.namespace} may not reach into ${namespace}; add ${policy.namespace} to the operator's clusterPolicyNamespaces, or put the policy there`,
    })),
    ...policy.triggers
      .filter((trigger) => !isSupported(trigger))
      .map((trigger) => ({
        path: `spec.triggers[${trigger.name}].type`,
        reason: 'UnsupportedTrigger',
        message: `triggers of type ${trigger.type} are not supported by this version`,
      })),
    ...policy.triggers.flatMap((trigger) =>
      trigger.type !== 'metric' || trigger.source === undefined || hasSource(trigger.source)
        ? []
        : [
            {
              path: `spec.triggers[${trigger.name}].metricTrigger.source`,
              reason: 'UnknownSource',
              message: `the operator's configuration has no metric source ${trigger.source}`,
            },
          ],
    ),
  ];
}

/** The actions that this operator can take, each with the kinds that it can be done to; the others are reported. */
function fitActions(
  actions: readonly Action[],
  registry: ActionRegistry,
): { readonly actions: readonly Action[]; readonly problems: readonly PolicyProblem[] } {
  const fitting: Action[] = [];
  const problems: PolicyProblem[] = [];
  for (const action of actions) {
    const found = registry.find(action.template);
    const path = `spec.actions[${action.name}]`;
    if (isUnavailable(found)) {
      problems.push({ path: `${path}.type`, reason: 'UnsupportedAction', message: found.unavailable });
      continue;
    }
    const supported = found.kinds;
    const kinds =
      supported === 'any'
        ? action.kinds
        : action.kinds.length === 0
          ? supported
          : action.kinds.filter((kind) => supported.includes(kind));
    if (supported !== 'any' && kinds.length === 0) {
      const message = `${action.type} supports none of these kinds, only ${supported.join(', ')}`;
      problems.push({ path: `${path}.kinds`, reason: 'UnsupportedKind', message });
      continue;
    }
    fitting.push({ ...action, kinds });
  }
  return { actions: fitting, problems };
}
