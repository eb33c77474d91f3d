/** What a model says of targets that were looked at: asked once an episode, read by laps, awaited by none. */
import type { HealingPolicy } from '../../api/policy.ts';
import { CAUSE_NAMES } from '../../core/analysis/causes/index.ts';
import type { Inquiry } from '../../core/analysis/question.ts';
import type { TargetRef } from '../../core/observation.ts';
import type { Instant } from '../../std/clock.ts';
import type { ModelDesk } from '../ports.ts';
import type { Looked } from './looks.ts';
import { type CallResult, type ModelCall, ModelCalls, type ModelCallsDependencies } from './model-calls.ts';

export interface EpisodeOf {
  readonly policy: HealingPolicy;
  readonly target: TargetRef;
  readonly since: Instant;
}

export class Advice {
  readonly #desk: ModelDesk;
  readonly #calls: ModelCalls;

  constructor(
    desk: ModelDesk,
    rest: Omit<ModelCallsDependencies, 'model' | 'limits' | 'onAnswer'> & {
      /** There is an answer about this target. */
      readonly onAdvice: (targetUid: string) => void;
    },
  ) {
    this.#desk = desk;
    const { onAdvice, ...others } = rest;
    const { model, limits } = desk;
    this.#calls = new ModelCalls({ ...others, model, limits, onAnswer: (episode) => onAdvice(targetUidOf(episode)) });
  }

  /** Undefined while there is no answer. Returns at once. */
  of(episode: EpisodeOf, looked: Looked): CallResult | undefined {
    return this.#calls.resultOf(this.#callOf(episode, looked));
  }

  /** Since when an answer is waited for; undefined where none is. */
  waitingSince(episode: EpisodeOf): Instant | undefined {
    return this.#calls.waitingSince(episodeKey(episode));
  }

  #callOf(episode: EpisodeOf, { analysis, bundle }: Looked): ModelCall {
    const { policy } = episode;
    const { kind, namespace, name } = episode.target;
    const inquiry: Inquiry = {
      target: namespace === undefined ? { kind, name } : { kind, namespace, name },
      evidence: bundle.items,
      rules: analysis,
      actions: policy.actions.map((action) => ({ name: action.name, type: action.type })),
      causes: CAUSE_NAMES,
      names: this.#desk.names,
    };
    const minConfidence = Math.max(policy.analysis.minConfidence, this.#desk.minConfidence);
    return {
      episode: episodeKey(episode),
      digest: bundle.digest,
      terms: { inquiry, minConfidence },
      check: policy.analysis.check,
    };
  }
}

/** UIDs have no slash. */
const episodeKey = ({ policy, target, since }: EpisodeOf): string => `${policy.uid}/${target.uid}/${since}`;
const targetUidOf = (episode: string): string => episode.split('/')[1] ?? '';
