/**
 * PagerDuty, Events API v2: what needs a person triggers an incident, and the end of an episode resolves that of its
 * policy and object. The name of an incident is made of these alone, so that another process resolves what this one has
 * triggered. https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
 */
import { createHash } from 'node:crypto';
import { cut, json, type Messenger, placeOf, type Told, threadOf, toldIn } from './told.ts';

/** https://developer.pagerduty.com/api-reference/368ae3d938c9e-send-an-event-to-pager-duty */
const MAX_SUMMARY = 1024;

/** Of other reasons no episode is the cause, and its end is not theirs: a person closes their incidents. */
const OF_EPISODES: ReadonlySet<string> = new Set(['EpisodeExhausted', 'ApprovalRequired', 'notify']);

export const pagerduty: Messenger = async (body, wire) => {
  const told = toldIn(body, wire.settings);
  const resolves = told.stage === 'over';
  const event = {
    routing_key: wire.routingKey,
    event_action: resolves ? 'resolve' : 'trigger',
    dedup_key: dedupKey(told),
    ...(!resolves && { payload: payloadOf(told), client: 'KubeSkippy' }),
  };
  return (await wire.send({ method: 'POST', ...json(event) })).answer;
};

/** At most 255 characters; names may be longer. Another policy may be well of the object while this one is not. */
function dedupKey(told: Told): string {
  const { policy, stage, reason } = told;
  const of = stage === 'over' || OF_EPISODES.has(reason) ? 'episode' : reason;
  const about = JSON.stringify([policy === undefined ? '' : placeOf(policy), threadOf(told), of]);
  return `kubeskippy/${createHash('sha256').update(about).digest('hex').slice(0, 32)}`;
}

function payloadOf({ text, object, policy, action, reason, at }: Told): object {
  const source = object === undefined ? 'kubeskippy' : placeOf(object);
  return {
    summary: cut(text, MAX_SUMMARY),
    source,
    severity: reason === 'UndoFailed' || reason === 'StatusTampered' ? 'critical' : 'error',
    ...(at !== undefined && { timestamp: at }),
    component: object?.name,
    group: object?.namespace,
    class: reason,
    custom_details: {
      reason,
      ...(policy !== undefined && { policy: placeOf(policy) }),
      ...(action !== undefined && { action: placeOf(action) }),
    },
  };
}
