/**
 * Whether the CronJobs are there whose templates the `job` actions of a policy run. Without one such an action is never
 * taken, which nobody would notice before it is needed. Where the server does not say, it is taken to be there.
 */
import type { HealingPolicy } from '../../api/policy.ts';
import type { PolicyProblem } from '../../core/target/policy-problems.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/client.ts';
import { CRON_JOBS } from '../../kube/well-known.ts';
import type { Clock, Instant } from '../../std/clock.ts';

/** One that is missing may be on its way: it is looked for as often as a kind that the server does not serve. */
const MISSING_MS = 60_000;
/** One that was there is seldom deleted, and each look is a request for each policy that has such an action. */
const THERE_MS = 600_000;

interface Looked {
  readonly generation: number | undefined;
  readonly at: Instant;
  readonly problems: readonly PolicyProblem[];
}

export class JobTemplates {
  readonly #client: Pick<KubeClient, 'find'>;
  readonly #clock: Pick<Clock, 'now'>;
  /** By the key of the policy; only of policies with such actions. */
  readonly #looked = new Map<string, Looked>();

  constructor({ client, clock }: { readonly client: Pick<KubeClient, 'find'>; readonly clock: Pick<Clock, 'now'> }) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Of the policy of the key; undefined: it is gone, or nothing of it can be used. */
  async missing(key: string, policy: HealingPolicy | undefined): Promise<readonly PolicyProblem[]> {
    const wanted = (policy?.actions ?? []).flatMap(({ name, template: { jobAction } }) =>
      jobAction === undefined ? [] : [{ action: name, template: jobAction.template }],
    );
    if (policy === undefined || wanted.length === 0) {
      this.#looked.delete(key);
      return [];
    }
    const { namespace, generation } = policy;
    const now = this.#clock.now();
    const known = this.#looked.get(key);
    if (known?.generation === generation && known !== undefined && now < goodUntil(known)) return known.problems;
    const problems: PolicyProblem[] = [];
    for (const { action, template } of wanted) {
      if (await this.#isThere({ namespace, name: template })) continue;
      const message = `there is no CronJob ${template} in namespace ${namespace}, whose template the Job would be made of; create it, best with suspend: true`;
      problems.push({ path: `spec.actions[${action}].jobAction.template`, reason: 'NeverTaken', message });
    }
    this.#looked.set(key, { generation, at: now, problems });
    return problems;
  }

  async #isThere(key: { readonly namespace: string; readonly name: string }): Promise<boolean> {
    try {
      return (await this.#client.find(CRON_JOBS, key)) !== undefined;
    } catch (error) {
      // Nothing is known: of the policy nothing else depends on it.
      if (isKubeError(error)) return true;
      throw error;
    }
  }
}

const goodUntil = ({ at, problems }: Looked): Instant => at + (problems.length > 0 ? MISSING_MS : THERE_MS);
