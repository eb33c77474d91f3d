import { expect, it } from 'vitest';
import { parseOperatorConfig } from '../api/parse-operator-config.ts';
import { actionSetup } from './action-setup.ts';

it('no action can tell people through a channel through which no person is told', async () => {
  const parsed = parseOperatorConfig(
    'channels: [{name: alerts, type: alertmanager, url: "http://a"}, {name: chat, url: "http://b"}]',
  );
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  expect((await actionSetup(parsed.config)).settings.channels).toEqual(['chat']);
});
