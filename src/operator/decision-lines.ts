/**
 * A line in the log for each trigger that fires or has resolved for a target, and each time that something else is
 * decided for it: what, why, and what it hangs on, as `explain` says it. Figures and times alone make no other
 * decision. What actions do is logged by themselves. The lines of one episode have the same `episode`, the id of its
 * trace.
 */
import { decisionText } from '../core/explain/explain-target.ts';
import { describeTarget } from '../core/observation.ts';
import { decisionKey, type DecisionMade, targetGist } from '../core/replay/decision-record.ts';
import { type RateLimit, TokenBucket } from '../kube/token-bucket.ts';
import { traceOfEpisode } from '../core/trace/span.ts';
import type { Clock } from '../std/clock.ts';
import { given, ifGiven } from '../std/given.ts';
import { type Decisions, LastGists } from './decisions.ts';
import type { Logger } from './ports.ts';

/** A screen of them at once, and no more than a person can follow: a storm of thousands is told by its count. */
const OF_ALL: RateLimit = { qps: 1, burst: 50 };
/** So many targets show why a policy is held back; then a line in half a minute says for how many more it is. */
const OF_ONE_REASON: RateLimit = { qps: 1 / 30, burst: 10 };
/** Policies times reasons, 200 bytes each. The oldest is forgotten: at worst ten more lines. */
const MAX_REASONS = 1000;
/** The status of the policy and `explain` have the rest. */
const MAX_TEXT = 400;

type DecisionOfTarget = Extract<DecisionMade, { readonly kind: 'target' }>;

interface OneReason {
  readonly room: TokenBucket;
  /** Since its last line. */
  unsaid: number;
}

export class DecisionLines implements Decisions {
  readonly #clock: Clock;
  readonly #logger: Pick<Logger, 'info'>;
  readonly #last = new LastGists();
  readonly #room: TokenBucket;
  readonly #reasons = new Map<string, OneReason>();

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Pick<Logger, 'info'> }) {
    this.#clock = clock;
    this.#logger = logger;
    this.#room = new TokenBucket(clock, OF_ALL);
  }

  made(made: DecisionMade): void {
    if (made.kind !== 'target') return;
    const { input, decided } = made;
    for (const { trigger, change, detail } of decided.changes) {
      const words = `trigger ${trigger} ${change === 'firing' ? 'fires' : 'has resolved'}`;
      this.#say(made, { reason: words, text: `${words}: ${detail}` });
    }
    const gist = targetGist(decided);
    if (this.#last.differs(decisionKey(made), gist))
      this.#say(made, { reason: gist ?? '', text: `decided: ${decisionText(decided.decision, input)}` });
  }

  #say({ input, decided }: DecisionOfTarget, line: { readonly reason: string; readonly text: string }): void {
    const { policy, facts, state } = input;
    const reason = this.#reasonOf(`${policy.uid}/${line.reason}`);
    if (!reason.room.tryTake() || !this.#room.tryTake()) {
      reason.unsaid++;
      return;
    }
    const { target } = facts;
    // That it is over belongs to the episode too.
    const episodeAt = decided.state.startedAt ?? state.startedAt;
    const episode = ifGiven(episodeAt, (startedAt) =>
      traceOfEpisode({ policyUid: policy.uid, targetUid: target.uid, startedAt }),
    );
    const fields = {
      target: describeTarget(target),
      policy: `${policy.namespace}/${policy.name}`,
      ...given({ episode, sameForOthersSinceLastLine: reason.unsaid || undefined }),
    };
    reason.unsaid = 0;
    const { text } = line;
    this.#logger.info(fields, text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text);
  }

  #reasonOf(key: string): OneReason {
    const known = this.#reasons.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#reasons.size < MAX_REASONS ? [] : this.#reasons.keys();
    if (oldest !== undefined) this.#reasons.delete(oldest);
    const reason = { room: new TokenBucket(this.#clock, OF_ONE_REASON), unsaid: 0 };
    this.#reasons.set(key, reason);
    return reason;
  }
}
