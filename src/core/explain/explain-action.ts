/** Why an action goes on, waits or ends: gate by gate, by the same functions that decide. */
import { isTerminal } from '../../api/action-status.ts';
import type { Instant } from '../../std/clock.ts';
import { askedOf, CLAIM_LOST, type GateScene, judgeAction } from '../action/action-gates.ts';
import { nextAttempt } from '../action/claim.ts';
import { type ActionStep, decideStep, type StepInput } from '../action/step-action.ts';
import type { Verdict } from '../gates/proposal.ts';
import { given } from '../../std/given.ts';
import { whyOf } from './explain-target.ts';
import { REASONS } from '../reasons/index.ts';
import { type ExplainedGate, explainGates } from './explained-gates.ts';
import type { Explanation } from './explanation.ts';
import { secondAfter } from './instants.ts';

export function explainStep(
  input: StepInput,
  now: Instant,
): { readonly step: ActionStep; readonly explanation: Explanation } {
  const step = decideStep(input, now);
  const gates = input.gates === undefined ? [] : explainScene(input.gates, 'begins', now);
  const why = input.gates && whyOf(input.gates.facts);
  return { step, explanation: { triggers: [], gates, ...given({ why }), decision: stepText(step, input) } };
}

export function explainActionGates(
  scene: GateScene,
  how: 'begins' | 'continues',
  now: Instant,
): { readonly verdict: Verdict; readonly explanation: Explanation } {
  const verdict = judgeAction(scene, how, now);
  const goes = how === 'begins' ? 'its first request may be sent' : 'it may go on';
  const decision = verdict.allow ? `go: ${goes}` : `stop, ${verdict.reason}: ${verdict.message}`;
  const gates = explainScene(scene, how, now);
  return { verdict, explanation: { triggers: [], gates, ...given({ why: whyOf(scene.facts) }), decision } };
}

function explainScene(scene: GateScene, how: 'begins' | 'continues', now: Instant): readonly ExplainedGate[] {
  const asked = askedOf(scene, how, now);
  if ('gates' in asked) return explainGates(asked.proposal, now, asked.gates);
  const { reason, message } = asked;
  const differs =
    reason === CLAIM_LOST
      ? 'Nothing: the process that has changed the action goes on with it.'
      : { ...REASONS.gates.reasons, ...REASONS.progress.reasons }[reason].todo;
  return [{ gate: reason, verdict: 'refuses', seen: message, differs }];
}

function stepText(step: ActionStep, { action, noPlace }: StepInput): string {
  const { phase: ended, status } = action;
  if (step.do === 'wait' && isTerminal(ended))
    return `nothing: it ended as ${ended}, ${status.reason ?? ''}: ${status.message ?? ''}`;
  switch (step.do) {
    case 'commit': {
      const { phase = 'Pending', reason = '', message = '' } = step.status;
      return `${phase}, ${reason}: ${message}`;
    }
    case 'claim':
      return `claim attempt ${nextAttempt(action)} of ${action.retry.maxAttempts}: plan it on live reads, then ask the gates again`;
    case 'pin':
      return 'look up which object has the name of its target';
    case 'ask':
      return 'make the plan that a person is asked about';
    case 'classify':
      return 'read the target to tell what became of the last attempt, whose answer is not recorded';
    case 'undo':
      return 'take back what was done';
    case 'hold':
      return `stand still: ${step.message}`;
    case 'verify':
      return 'watch whether the target is well';
    case 'release':
      return 'remember what limits need of it, and let it go: somebody has deleted it, and nothing is midway';
    case 'wait': {
      const until = step.until === undefined ? '' : ` until ${secondAfter(step.until)}`;
      if (noPlace !== undefined) return `wait${until}: ${noPlace.before} older actions of the namespace are unfinished`;
      return step.refused === undefined ? `wait${until}` : `wait${until}: ${step.refused} refuses`;
    }
  }
}
