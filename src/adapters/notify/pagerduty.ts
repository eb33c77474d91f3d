/**
 * PagerDuty, Events API v2: what needs a person triggers an incident for the object, and what ends its episode resolves
 * it. https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
 */
import { createHash } from 'node:crypto';
import { json, type Messenger, placeOf, threadOf, type Told, toldIn } from './told.ts';

/** https://developer.pagerduty.com/api-reference/368ae3d938c9e-send-an-event-to-pager-duty */
const MAX_SUMMARY = 1024;

export const pagerduty: Messenger = async (body, wire) => {
  const told = toldIn(body, wire.settings);
  const key = threadOf(told);
  const resolves = told.stage === 'over' && told.needs === 'nobody';
  // PagerDuty would take it, but most episodes end before anybody was paged.
  if (resolves && wire.memory.get(key) === undefined) return { kind: 'answered', status: 202 };
  const event = {
    routing_key: wire.routingKey,
    event_action: resolves ? 'resolve' : 'trigger',
    dedup_key: dedupKey(key),
    ...(!resolves && { payload: payloadOf(told), client: 'KubeSkippy' }),
  };
  const { answer } = await wire.send({ method: 'POST', ...json(event) });
  if (answer.kind === 'answered' && answer.status < 300) {
    if (resolves) wire.memory.delete(key);
    else wire.memory.set(key, { name: key, title: key, at: wire.now(), isOver: false });
  }
  return answer;
};

/** At most 255 characters; names may be longer. */
const dedupKey = (key: string): string => `kubeskippy/${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;

function payloadOf({ text, object, policy, action, reason, at }: Told): object {
  const source = object === undefined ? 'kubeskippy' : placeOf(object);
  return {
    summary: text.slice(0, MAX_SUMMARY),
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
