/**
 * A line in the log each time that something else is decided for a target: what, why, and what it hangs on, as
 * `explain` says it. Figures and times alone make no other decision. What actions do is logged by themselves.
 */
import { decisionText } from '../core/explain/explain-target.ts';
import { describeTarget } from '../core/observation.ts';
import { decisionKey, type DecisionMade, targetGist } from '../core/replay/decision-record.ts';
import type { Clock, Instant } from '../std/clock.ts';
import { given } from '../std/given.ts';
import { type Decisions, LastGists } from './decisions.ts';
import type { Logger } from './ports.ts';

/** A screen of them at once, and no more than a person can follow: a storm of thousands is told by its count. */
const BURST = 50;
const EVERY_MS = 1000;
/** The status of the policy and `explain` have the rest. */
const MAX_TEXT = 400;

export class DecisionLines implements Decisions {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #logger: Pick<Logger, 'info'>;
  readonly #last = new LastGists();
  #left = BURST;
  #countedAt: Instant | undefined;
  #unsaid = 0;

  constructor({ clock, logger }: { readonly clock: Pick<Clock, 'now'>; readonly logger: Pick<Logger, 'info'> }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  made(made: DecisionMade): void {
    if (made.kind !== 'target' || !this.#last.differs(decisionKey(made), targetGist(made.decided))) return;
    if (!this.#hasRoom()) {
      this.#unsaid++;
      return;
    }
    const { policy, facts } = made.input;
    const text = decisionText(made.decided.decision, made.input);
    const fields = {
      target: describeTarget(facts.target),
      policy: `${policy.namespace}/${policy.name}`,
      ...given({ othersSinceLastLine: this.#unsaid || undefined }),
    };
    this.#unsaid = 0;
    this.#logger.info(fields, `decided: ${text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text}`);
  }

  #hasRoom(): boolean {
    const now = this.#clock.now();
    // A clock that was set back gives no room, and takes none.
    const passed = Math.floor(Math.max(0, now - (this.#countedAt ?? now)) / EVERY_MS);
    if (this.#countedAt === undefined || now < this.#countedAt || passed > 0) this.#countedAt = now;
    this.#left = Math.min(BURST, this.#left + passed);
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
