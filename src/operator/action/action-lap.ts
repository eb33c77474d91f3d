/**
 * One lap over a HealingAction: gather the input, ask `core/action/step-action` what is next, do it. Each step that
 * needs more than a commit is a lap of its own. A lap ends with a commit; the watch event of that commit begins the
 * next one.
 */
import { type ActionStatus, isTerminal } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { pinned } from '../../core/action/pinned-target.ts';
import { targetOf } from '../../core/action/refs.ts';
import { decideStep, type StepInput } from '../../core/action/step-action.ts';
import type { Announcement } from '../../core/announcement.ts';
import type { TargetRef } from '../../core/observation.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import type { Decisions } from '../decisions.ts';
import { type LapInput, type CommitAction, hold } from './lap-input.ts';

export interface Gathered {
  readonly input: LapInput;
  /** What the next step is decided on. */
  readonly seen: StepInput;
}

type Lap = (input: LapInput) => Promise<ReconcileResult>;

export interface ActionLap {
  readonly clock: Pick<Clock, 'now'>;
  /** Or when to look again at an action with which nothing can be done now. */
  readonly gather: (key: string) => Promise<Gathered | ReconcileResult>;
  /** What has the name of the target, read live. */
  readonly named: (target: TargetRef) => Promise<KubeObject | undefined>;
  /** UID of what the target belongs to, read live; undefined when the target is gone. */
  readonly rootOf: (target: TargetRef) => Promise<string | undefined>;
  readonly decisions: Decisions;
  /** Its status with the cause, where more is known of it than the status says. Asks for a look where none is. */
  readonly noted: (action: HealingAction) => ActionStatus | undefined;
  readonly commit: CommitAction;
  /** On the action alone. */
  readonly announce: (action: HealingAction, news: Announcement) => void;
  readonly ask: Lap;
  readonly claim: Lap;
  readonly classify: Lap;
  readonly verify: Lap;
  readonly undo: Lap;
  readonly retire: Lap;
  readonly release: Lap;
}

export async function actionLap(parts: ActionLap, key: string): Promise<ReconcileResult> {
  const found = await parts.gather(key);
  if (!('seen' in found)) return found;
  const { input, seen } = found;
  const { action } = input;
  const now = parts.clock.now();
  const step = decideStep(seen, now);
  parts.decisions.made({ kind: 'step', now, input: seen, decided: step });
  switch (step.do) {
    case 'wait': {
      const noted = seen.noPlace === undefined ? parts.noted(action) : undefined;
      if (noted !== undefined) await parts.commit(action, noted);
      else if (isTerminal(action.phase)) return parts.retire(input);
      return { wakeAt: step.until };
    }
    case 'commit':
      await parts.commit(action, {
        ...step.status,
        ...(isTerminal(step.status.phase) || seen.noPlace !== undefined ? {} : await rootUid(parts, input)),
      });
      if (step.news !== undefined) parts.announce(action, step.news);
      return {};
    case 'hold':
      return hold(parts, action, step.message);
    case 'pin':
      await parts.commit(action, pinned(action, await parts.named(targetOf(action)), now));
      return {};
    case 'ask':
      return parts.ask(input);
    case 'claim':
      return parts.claim(input);
    case 'classify':
      return parts.classify(input);
    case 'verify':
      return parts.verify(input);
    case 'undo':
      return parts.undo(input);
    case 'release':
      return parts.release(input);
  }
}

/** An action that a person made does not say what its target belongs to; it is looked up once. */
async function rootUid({ rootOf }: ActionLap, { action }: LapInput): Promise<{ readonly rootUid?: string }> {
  const { phase, spec, status } = action;
  if (phase !== 'Pending' || spec.policyRef !== undefined || status.rootUid !== undefined) return {};
  const found = await rootOf(targetOf(action));
  return found === undefined ? {} : { rootUid: found };
}
