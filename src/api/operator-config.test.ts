import { describe, expect, it } from 'vitest';
import { parseOperatorConfig } from './operator-config.ts';

describe('the operator configuration', () => {
  it('has defaults, in milliseconds', () => {
    expect(parseOperatorConfig('')).toMatchObject({
      config: { metricsBindAddress: ':8080', evaluationIntervalMs: 15_000, actionRetentionMs: 86_400_000 },
    });
  });

  it('a flag wins over the file', () => {
    expect(parseOperatorConfig('logLevel: warn\ndryRun: false\n', { dryRun: true })).toMatchObject({
      config: { logLevel: 'warn', dryRun: true },
    });
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['an unknown key', 'dryRun: true\ndryrun: true\n', { path: 'dryrun', message: 'is not a setting', line: 2 }],
    [
      'a bad value',
      '\nevaluationInterval: fast\n',
      { path: 'evaluationInterval', message: 'must be a duration such as 90s, 5m or 1h30m', line: 2 },
    ],
    ['a value of another type', 'maxActionsPerHour: many\n', { path: 'maxActionsPerHour', line: 1 }],
    ['a word that is not offered', 'logLevel: loud\n', { path: 'logLevel', message: 'must be one of debug, info, warn, error', line: 1 }],
    ['a list', '- a\n', { path: '', message: 'must be a map of settings', line: 1 }],
    ['broken YAML', 'a: b\n c: [\n', { path: '' }],
  ])('names %s and its line', (_, text, problem) => {
    expect(parseOperatorConfig(text)).toEqual({ problems: [expect.objectContaining(problem)] });
  });

  it('a bad flag has no line', () => {
    expect(parseOperatorConfig('', { namespace: 'Not_Good' })).toEqual({
      problems: [expect.not.objectContaining({ line: expect.anything() as unknown })],
    });
  });
});
