import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { channelTypes, filledTemplate } from './endpoint-schema.ts';
import { parseOperatorConfig } from './parse-operator-config.ts';

const problemsOf = (channel: string): readonly string[] => {
  const parsed = parseOperatorConfig(`channels:\n  - {name: ops, url: "https://a", ${channel}}\n`);
  return 'config' in parsed ? [] : parsed.problems.map(({ path, message, line }) => `${line}: ${path} ${message}`);
};

describe('a channel', () => {
  it('is as the page about channels shows it', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/notifications.md'), 'utf8');
    const [, shown = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const parsed = parseOperatorConfig(shown);
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.config.channels).toMatchObject([
      { type: 'pagerduty' },
      { type: 'slackApp', channel: 'C024BE91L' },
      { type: 'alertmanager', silenceForMs: 600_000 },
    ]);
    const rows = page.split('\n').flatMap((line) => /^\| `(\w+)` \| (?!service)/.exec(line)?.[1] ?? []);
    expect(rows).toEqual(channelTypes);
  });

  it.each([
    [
      'type: slackApp',
      [
        '2: channels[0].channel is required for type slackApp',
        '2: channels[0].bearerTokenFile is required for type slackApp: the bot token',
      ],
    ],
    ['type: pagerduty', ['2: channels[0].routingKeyFile is required for type pagerduty']],
    ['type: teams, channel: C1', ['2: channels[0].channel is for channels of type slackApp alone']],
    ['silenceFor: 5m', ['2: channels[0].silenceFor is for channels of type alertmanager alone']],
    ['type: alertmanager', []],
    ['template: "{{reason}} of {{ object }}"', []],
  ])('with %s: %j', (channel, problems) => {
    expect(problemsOf(channel)).toEqual(problems);
  });

  it('is refused for a placeholder that is unknown, and told which there are', () => {
    expect(problemsOf('template: "{{reson}}"')).toEqual([
      '2: channels[0].template knows {{reason}}, {{object}}, {{namespace}}, {{policy}}, {{text}}',
    ]);
  });
});

it('a template puts values in as they are', () => {
  const values = { reason: 'A', object: 'Pod/a', namespace: 'n', policy: 'p', text: '$& {{reason}}' };
  expect(filledTemplate('{{reason}}: {{ text }} ({{object}})', values)).toBe('A: $& {{reason}} (Pod/a)');
});
