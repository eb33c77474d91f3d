/**
 * Microsoft Teams: a card for a workflow that posts to a channel when a webhook request is received.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
import { cut, json, type Messenger, placeOf, toldIn } from './told.ts';

/** Teams refuses messages above about 28 KB. */
const MAX_TEXT = 8000;
/** A card is a screen or two. */
const MAX_ROWS = 50;

export const teams: Messenger = async (body, wire) => {
  const { text, object, policy, reason, needs } = toldIn(body, wire.settings);
  const title = object === undefined ? reason : placeOf(object);
  const facts = [
    { title: 'Reason', value: reason },
    ...(policy === undefined ? [] : [{ title: 'Policy', value: placeOf(policy) }]),
  ];
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      plain(title, { weight: 'Bolder', ...(needs === 'people' && { color: 'Attention' }) }),
      ...cut(text, MAX_TEXT)
        .split('\n')
        .filter((row) => row !== '')
        .slice(0, MAX_ROWS)
        .map((row) => plain(row)),
      { type: 'FactSet', facts },
    ],
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card };
  return (await wire.send({ method: 'POST', ...json({ type: 'message', attachments: [attachment] }) })).answer;
};

/** A run of text is shown as it is; a TextBlock would read links and marks in it. */
const plain = (text: string, style: object = {}): object => ({
  type: 'RichTextBlock',
  inlines: [{ type: 'TextRun', text, ...style }],
});
