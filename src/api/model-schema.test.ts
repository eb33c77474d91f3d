import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOperatorConfig } from './parse-operator-config.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/use-ollama.md'), 'utf8');
const shown = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text).at(-1) ?? '';
const problemsOf = (text: string) => {
  const parsed = parseOperatorConfig(text);
  return 'problems' in parsed ? parsed.problems.map(({ path, message }) => `${path} ${message}`) : [];
};

describe('the model of the configuration', () => {
  it('is none by default, and what docs/how-to/use-ollama.md shows otherwise', () => {
    expect(parseOperatorConfig('')).not.toHaveProperty('config.ai');
    expect(parseOperatorConfig(shown)).toMatchObject({
      config: {
        ai: {
          provider: 'ollama',
          endpoint: 'http://ollama.ollama:11434',
          model: 'qwen2.5:7b',
          timeoutMs: 240_000,
          concurrency: 1,
          tokensPerDay: 1_000_000,
          anonymize: false,
        },
      },
    });
  });

  it.each([
    ['endpoint: ftp://x', 'ai.endpoint must be a URL'],
    ['endpoint: http://me:secret@x', 'ai.endpoint must be a URL'],
    ['timeout: 10m', 'ai.timeout must be from 1s to 290s'],
    ['maxTokens: 9000', 'ai.maxTokens must be at most half of contextTokens'],
    ['apiKeyFile: /etc/key', 'ai.apiKeyFile is for provider openai'],
    ['validateResponses: false', 'ai.validateResponses '],
    ['topP: 0.7', 'ai.topP is not a setting; there are provider, endpoint'],
  ])('with %s is refused by place', (line, expected) => {
    const lines = ['model: m', 'endpoint: http://x:1', line].filter(
      (one, index, all) => index === 2 || !all[2]?.startsWith(one.split(':')[0] ?? ''),
    );
    expect(problemsOf(`ai:\n${lines.map((one) => `  ${one}\n`).join('')}`)).toEqual([
      expect.stringContaining(expected) as string,
    ]);
  });
});
