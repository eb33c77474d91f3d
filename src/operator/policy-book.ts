/**
 * What the operator holds of each policy between laps. All of it can be read again from the cluster: the policy, and
 * its status.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import type { HealingPolicy } from '../api/policy.ts';
import type { Decision, Standing, TargetState } from '../core/target/evaluate-target.ts';
import type { TargetRef } from '../core/observation.ts';
import type { Population } from '../core/gates/proposal.ts';
import type { MetricHealth } from '../core/target/policy-status.ts';
import type { PolicyProblem } from '../core/target/policy-problems.ts';
import type { StoredPolicy } from './policy-store.ts';

export interface TargetEntry {
  readonly ref: TargetRef;
  state: TargetState;
  standing: Standing;
  decision: Decision;
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
  update({ object, policy, problems }: StoredPolicy): boolean {
    const changed = this.policy === undefined || object.metadata.generation !== this.object.metadata.generation;
    this.object = object;
    this.policy = policy;
    this.problems = problems;
    return changed;
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
