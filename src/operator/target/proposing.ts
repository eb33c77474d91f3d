/** Creates the HealingAction that was decided. It counts from the moment it is decided (law 3). */
import { type PastAction, RESERVED } from '../../core/history.ts';
import { rootUid } from '../../core/gates/proposal.ts';
import { describeTarget } from '../../core/observation.ts';
import type { EvaluationInput } from '../../core/target/evaluate-target.ts';
import { traceOfEpisode } from '../../core/trace/span.ts';
import { keyOf } from '../../kube/resource.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { needsApproval } from '../../core/action/derived-spec.ts';
import { actionObject } from './action-object.ts';
import type { Seeing, Stores, Voice } from '../roles.ts';
import type { Proposed, TargetLap } from './target-lap.ts';

interface Proposing {
  readonly clock: Pick<Clock, 'now'>;
  readonly history: Pick<Seeing['history'], 'reserve' | 'cancel' | 'made'>;
  readonly actions: Pick<Stores['actions'], 'create'>;
  readonly logger: Voice['logger'];
}

export const proposing =
  ({ clock, history, actions, logger }: Proposing): TargetLap['propose'] =>
  async (input, proposed) => {
    const { policy, facts } = input;
    const { target, limits } = facts;
    const root = rootUid(target, facts.chain);
    const object = actionObject({ policy, target, rootUid: root, proposed, dryRun: limits.dryRun ?? 'none' });
    const key = keyOf(object);
    const { name } = object.metadata;
    history.reserve(key, reservation(input, { name, root, proposed, now: clock.now() }));
    try {
      const created = await actions.create(object);
      history.made(key);
      if (created === 'exists') return;
    } catch (error) {
      history.cancel(key);
      throw error;
    }
    const { type } = proposed.action;
    const episode = traceOfEpisode({
      policyUid: policy.uid,
      targetUid: target.uid,
      startedAt: proposed.episodeStart,
    });
    const of = { action: key, episode, policy: `${policy.namespace}/${policy.name}` };
    logger.info({ ...of, target: describeTarget(target), type }, 'created a HealingAction');
  };

interface Made {
  readonly name: string;
  readonly root: string;
  readonly proposed: Proposed;
  readonly now: Instant;
}

/** The action as history will read it, until the cache shows it. */
function reservation({ policy, facts }: EvaluationInput, { name, root, proposed, now }: Made): PastAction {
  const { target } = facts;
  return {
    uid: `${RESERVED}${name}`,
    namespace: target.namespace ?? policy.namespace,
    name,
    policyUid: policy.uid,
    policy: `${policy.namespace}/${policy.name}`,
    targetUid: target.uid,
    ...given({ targetNamespace: target.namespace }),
    rootUid: root,
    targetKind: target.kind,
    template: proposed.action.name,
    type: proposed.action.type,
    triggers: proposed.triggers,
    dryRun: policy.mode === 'dryrun',
    phase: 'Pending',
    createdAt: now,
    ...given({ awaits: needsApproval(policy, proposed.action) ? ('approval' as const) : undefined }),
    executed: false,
    episodeStart: proposed.episodeStart,
  };
}
