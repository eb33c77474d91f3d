import { describe, expect, it } from 'vitest';
import { parseOperatorConfig } from './parse-operator-config.ts';

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
    [
      'an unknown key',
      'dryRun: true\ndryrun: true\n',
      { path: 'dryrun', message: 'is not a setting; did you mean dryRun?', line: 2 },
    ],
    [
      'a bad value',
      '\nevaluationInterval: fast\n',
      { path: 'evaluationInterval', message: 'must be a duration such as 90s, 5m or 1h30m', line: 2 },
    ],
    ['a value of another type', 'maxActionsPerHour: many\n', { path: 'maxActionsPerHour', line: 1 }],
    [
      'a word that is not offered',
      'logLevel: loud\n',
      { path: 'logLevel', message: 'must be one of debug, info, warn, error', line: 1 },
    ],
    [
      'a source without a server',
      'metricSources:\n  - name: a\n    url: prometheus:9090\n',
      { path: 'metricSources[0].url', message: expect.stringMatching(/^must be a URL such as/) as unknown, line: 3 },
    ],
    [
      'credentials in a URL',
      'prometheusUrl: https://me:secret@prometheus\n',
      { path: 'prometheusUrl', message: expect.stringMatching(/without credentials/) as unknown, line: 1 },
    ],
    [
      'a name that is taken',
      'metricSources:\n  - {name: a, url: "http://a"}\n  - {name: a, url: "http://b"}\n',
      { path: 'metricSources[1].name', message: 'a is taken', line: 3 },
    ],
    [
      'the name of the embedded source',
      'metricSources: [{name: embedded, url: "http://a"}]',
      { message: 'embedded is taken' },
    ],
    [
      'two ways to authenticate',
      'metricSources:\n  - name: a\n    url: http://a\n    bearerTokenFile: t\n    basicAuth: {username: u, passwordFile: p}\n',
      { path: 'metricSources[0].basicAuth', message: 'cannot be used together with bearerTokenFile', line: 5 },
    ],
    [
      'half a client certificate',
      'metricSources:\n  - name: a\n    url: http://a\n    tls: {certFile: c}\n',
      { path: 'metricSources[0].tls', message: 'needs certFile and keyFile together', line: 4 },
    ],
    ['an action type that there is not', 'actions: {disabled: [reboot]}\n', { path: 'actions.disabled[0]', line: 1 }],
    [
      'a patch field that is no pointer',
      'actions:\n  patchFields: [spec.paused]\n',
      { path: 'actions.patchFields[0]', message: 'must be a JSON pointer', line: 2 },
    ],
    [
      'a kind without its version',
      'actions:\n  deletableKinds: [StatefulSet]\n',
      { path: 'actions.deletableKinds[0]', message: expect.stringMatching(/apiVersion and kind/) as unknown, line: 2 },
    ],
    [
      'an endpoint without a place',
      'endpoints: [{name: a}]\n',
      { path: 'endpoints[0].url', message: 'needs exactly one of url and urlFile' },
    ],
    [
      'credentials in the URL of an endpoint',
      'endpoints: [{name: a, url: "http://u:p@a"}]\n',
      { path: 'endpoints[0].url' },
    ],
    [
      'a call that takes for ever',
      'channels: [{name: a, url: "http://a", timeout: 1h}]\n',
      { path: 'channels[0].timeout', line: 1 },
    ],
    [
      'a channel with the name of an endpoint',
      'endpoints: [{name: a, url: "http://a"}]\nchannels:\n  - {name: a, url: "http://a"}\n',
      { path: 'channels[0].name', message: 'is taken by another endpoint or channel', line: 3 },
    ],
    [
      'an interval without rest',
      'evaluationInterval: 10ms\n',
      { path: 'evaluationInterval', message: 'must be 1s or more', line: 1 },
    ],
    ['a list', '- a\n', { path: '', message: 'must be a map of settings', line: 1 }],
    ['broken YAML', 'a: b\n c: [\n', { path: '' }],
  ])('names %s and its line', (_, text, problem) => {
    expect(parseOperatorConfig(text)).toEqual({ problems: [expect.objectContaining(problem)] });
  });

  it('prometheusUrl is the first of the metric sources, and the default', () => {
    const sources =
      'metricSources:\n  - {name: mimir, url: "https://mimir.example/prometheus", tenant: {value: team}}\n';
    expect(parseOperatorConfig(sources, { prometheusUrl: 'http://prometheus:9090' })).toMatchObject({
      config: {
        metricServers: [
          { name: 'prometheus', url: 'http://prometheus:9090', timeoutMs: 10_000 },
          { name: 'mimir', tenant: { header: 'X-Scope-OrgID', value: 'team' }, timeoutMs: 10_000 },
        ],
      },
    });
    expect(
      parseOperatorConfig('metricSources: [{name: prometheus, url: "http://a"}]', { prometheusUrl: 'http://b' }),
    ).toEqual({
      problems: [{ path: 'metricSources', line: 1, message: 'has a prometheus beside the one of prometheusUrl' }],
    });
  });

  it('a bad flag has no line', () => {
    expect(parseOperatorConfig('', { namespace: 'Not_Good' })).toEqual({
      problems: [expect.not.objectContaining({ line: expect.anything() as unknown })],
    });
  });
});
