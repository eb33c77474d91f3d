import { describe, expect, it } from 'vitest';
import { operatorConfigSchema } from './operator-config.ts';
import { translated } from './published-config.ts';
import { describedSchema } from './crd.ts';
import { parseOperatorConfig } from './parse-operator-config.ts';

const PUBLISHED = `metricsAddr: ":9090"
enableLeaderElection: true
watchNamespace: ""
metrics:
  prometheusURL: http://prometheus.monitoring:9090
  metricsServerEnabled: true
  collectionInterval: 30s
ai:
  provider: ollama
  model: llama2:7b
  endpoint: http://ollama:11434
  timeout: 120s
  maxTokens: 2048
  temperature: 0.7
safety:
  dryRunMode: true
  requireApproval: false
  maxActionsPerHour: 50
  protectedNamespaces: [kube-system]
  auditLog: {filePath: /var/log/audit.log, maxSize: 100, maxBackups: 10, maxAge: 30}
remediation:
  parallelActions: 7
  maxRetries: 3
  actionDefaults:
    restart: {enabled: true, timeout: 3m}
    delete: {enabled: false}
logging:
  level: warn
  format: json
`;

describe('settings in the form in which they were published first', () => {
  it('mean what they say', () => {
    const parsed = parseOperatorConfig(PUBLISHED);
    expect(parsed).toMatchObject({
      config: {
        metricsBindAddress: ':9090',
        leaderElect: true,
        metricServers: [{ name: 'prometheus', url: 'http://prometheus.monitoring:9090' }],
        evaluationIntervalMs: 30_000,
        ai: { provider: 'ollama', model: 'llama2:7b', maxTokens: 2048 },
        dryRun: true,
        maxActionsPerHour: 50,
        protectedNamespaces: ['kube-system'],
        maxConcurrent: 7,
        actions: { disabled: ['delete'] },
        logLevel: 'warn',
        logFormat: 'json',
        audit: { path: '/var/log/audit.log', maxBytes: 100 * 1024 * 1024, keep: 10, maxAgeMs: 30 * 86_400_000 },
      },
    });
    expect('config' in parsed && parsed.config.namespace).toBe(undefined);
  });

  it('take no setting of today away', () => {
    const { properties = {} } = describedSchema(operatorConfigSchema);
    for (const [name, { properties: inner }] of Object.entries(properties)) {
      const value = inner === undefined ? 1 : Object.fromEntries(Object.keys(inner).map((key) => [key, 1]));
      expect(translated({ [name]: value })).toEqual({ settings: { [name]: value }, origins: new Map(), remarks: [] });
    }
  });

  it('are noted by line where they have no effect', () => {
    const parsed = parseOperatorConfig(PUBLISHED);
    expect('notes' in parsed && parsed.notes.map(({ path, line }) => `${line} ${path}`)).toEqual([
      '14 ai.temperature',
      '23 remediation.maxRetries',
      '25 remediation.actionDefaults.restart.timeout',
    ]);
  });

  it.each<[string, string, string, number, RegExp]>([
    [
      'a guard that cannot be taken away',
      'safety:\n  circuitBreaker: {enabled: false}\n',
      'safety.circuitBreaker.enabled',
      2,
      /cannot be changed/,
    ],
    [
      'an approval that policies demand',
      'safety:\n  requireApproval: true\n',
      'safety.requireApproval',
      2,
      /mode manual/,
    ],
    [
      'a trail that is switched off',
      'safety:\n  auditLog:\n    enabled: false\n',
      'safety.auditLog.enabled',
      3,
      /nothing is changed/,
    ],
    ['a secret', 'ai:\n  apiKey: sk-1\n', 'ai.apiKey', 2, /apiKeyFile/],
    ['both forms at once', 'dryRun: true\nsafety: {dryRunMode: false}\n', 'safety.dryRunMode', 2, /same as dryRun/],
    ['an unknown key of a section', 'safety:\n  dryRunMod: true\n', 'safety.dryRunMod', 2, /did you mean dryRunMode\?/],
    ['a section that is none', 'logging: loud\n', 'logging', 1, /map of settings/],
    [
      'a bad value, by the name that the file has for it',
      'logging:\n  level: loud\n',
      'logging.level',
      2,
      /one of debug/,
    ],
    [
      'a type of action that there is not',
      'remediation:\n  actionDefaults:\n    reboot: {enabled: false}\n',
      'remediation.actionDefaults.reboot',
      3,
      /one of/,
    ],
  ])('are refused by place: %s', (_title, text, path, line, words) => {
    expect(parseOperatorConfig(text)).toEqual({
      problems: [{ path, line, message: expect.stringMatching(words) as unknown }],
    });
  });
});
