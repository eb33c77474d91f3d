/** The services that a channel can speak to. A new one is a file of this folder and a line here. */
import { alertmanager } from './alertmanager.ts';
import { cloudevents } from './cloud-events.ts';
import { pagerduty } from './pagerduty.ts';
import { slack, slackApp } from './slack.ts';
import { teams } from './teams.ts';
import { filledBody, type Messengers } from './told.ts';

export const MESSENGERS: Messengers = {
  webhook: async (body, wire) =>
    (await wire.send({ method: 'POST', body: filledBody(body, wire.settings), contentType: 'application/json' }))
      .answer,
  cloudevents,
  slack,
  slackApp,
  teams,
  pagerduty,
  alertmanager,
};
