/**
 * `notify`: tells people, through one channel of the operator's configuration or through all of them. That a channel
 * took the message is all that can be known. A channel that refuses does not keep the others from being told. It is
 * tried again as the action's retries say; the channels that took the message are left out then.
 */
import { MAX_MESSAGE } from '../../api/fields.ts';
import { describeObject } from '../observation.ts';
import { type BuiltInKind, type PlanInput, refused } from './action-kind.ts';
import { call } from './requests.ts';
import { callBody, notGranted } from './webhook.ts';

export const notify: BuiltInKind = {
  kinds: 'any',
  proof: 'answer',
  wayBack: 'no',
  rbac: [],
  reach: ({ template: { notifyAction }, settings: { channels } }) => [
    { to: 'endpoints', names: channels.filter((name) => (notifyAction?.channel ?? name) === name) },
  ],
  sends: 'each by itself',
  tellsPeople: true,
  plan: (input) => {
    const { channel } = input.template.notifyAction ?? {};
    const { channels } = input.settings;
    if (channel !== undefined && input.settings.withheld.includes(channel))
      return notGranted('channel', channel, input);
    if (channels.length === 0)
      return refused('NoChannel', "the operator's configuration has no channel to tell people through");
    if (channel !== undefined && !channels.includes(channel))
      return refused(
        'UnknownChannel',
        `the operator's configuration has no channel ${channel}; configured are ${channels.join(', ')}`,
      );
    const chosen = (channel === undefined ? channels : [channel]).filter((name) => !input.delivered.includes(name));
    // The last that was missing is no longer configured.
    if (chosen.length === 0) return { kind: 'complete', summary: `told ${input.delivered.join(', ')}` };
    const body = { ...callBody(input), text: textOf(input) };
    return {
      kind: 'requests',
      summary: `tell ${chosen.join(', ')} about ${describeObject(input.target)}`,
      requests: chosen.map((name) => call(name, { body, description: `tell channel ${name}` })),
      changes: [],
      next: 'verify',
    };
  },
  classify: () => 'unknown',
};

/** A chat shows a few lines; the action has the rest. */
function textOf({ template, target, origin }: PlanInput): string {
  const { message } = template.notifyAction ?? {};
  const trigger = origin.trigger === undefined ? '' : ` (${origin.trigger})`;
  const what = `${describeObject(target)}${trigger}: ${origin.evidence}`;
  return (message === undefined || message === '' ? what : `${message}\n${what}`).slice(0, MAX_MESSAGE);
}
