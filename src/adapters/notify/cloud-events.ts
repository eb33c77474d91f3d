/**
 * CloudEvents 1.0 over HTTP, in structured mode: the whole event is the body.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
import { type Messenger, placeOf, toldIn } from './told.ts';

export const cloudevents: Messenger = async (body, wire) => {
  const { id, reason, at, object, text } = toldIn(body, wire.settings);
  const event = {
    specversion: '1.0',
    id,
    source: '/kubeskippy',
    type: `io.kubeskippy.${reason}`,
    ...(at !== undefined && { time: at }),
    ...(object !== undefined && { subject: placeOf(object) }),
    datacontenttype: 'application/json',
    data: { ...(JSON.parse(body) as object), text },
  };
  const request = { method: 'POST', body: JSON.stringify(event), contentType: 'application/cloudevents+json' } as const;
  return (await wire.send(request)).answer;
};
