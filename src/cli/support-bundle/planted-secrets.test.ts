/**
 * A secret is planted in every place from which a bundle is gathered. Each is a word of its own that looks like any
 * other word, so that its place alone tells what it is; none of them may be in the bundle, in any form.
 */
import { expect, it } from 'vitest';
import { called, served, testFolder } from '../../../test/kit/command-line.ts';
import { as } from '../../../test/kit/people.ts';
import {
  ACTIONS,
  APPROVALS,
  CONFIG_MAPS,
  DEPLOYMENTS,
  EVENTS,
  NAMESPACES,
  PODS,
  POLICIES,
  SECRETS,
} from '../../../test/kit/resources.ts';
import { deployment, policy, TestCluster } from '../../../test/kit/test-cluster.ts';
import type { MutableObject } from '../../sandbox/index.ts';

const OURS = 'kubeskippy-system';
const file = testFolder();

/** What was planted, by the word that stands for it. */
const planted = new Map<string, string>();
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** `quietharborb`: a word for the secret that is told. */
function secret(place: string): string {
  const at = planted.size;
  const word = `quietharbor${LETTERS[Math.floor(at / 26)]}${LETTERS[at % 26]}`;
  planted.set(word, place);
  return word;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const env = (word: string) => [{ name: 'DB_PASSWORD', value: word }];

/** Copies of an object that tools keep in its annotations. */
const annotations = (of: string) => ({
  'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: secret(`${of}: last applied`) }),
  'kapp.k14s.io/original': JSON.stringify({ env: env(secret(`${of}: what kapp applied`)) }),
  'objectset.rio.cattle.io/applied': base64(JSON.stringify({ spec: secret(`${of}: what Rancher applied`) }).repeat(3)),
  'example.com/token': secret(`${of}: an annotation that is called a token`),
  'example.com/note': `the password is ${secret(`${of}: a sentence in an annotation`)}`,
});

const CONFIG = (): string => `
prometheusUrl: http://ada:${secret('the configuration: a user in a URL')}@prometheus:9090
metricSources:
- name: other
  url: https://metrics.example.com/?token=${secret('the configuration: a parameter of a URL')}
  headers: {Authorization: "Bearer ${secret('the configuration: a header')}", X-Scope: visible}
  basicAuth: {username: ada, password: ${secret('the configuration: a password')}}
endpoints:
- name: hook
  url: https://hooks.example.com/in/${secret('the configuration: the path of an endpoint')}
channels:
- {name: a, type: slack, url: "https://hooks.slack.com/services/T0/B0/${secret("the configuration: Slack's webhook")}"}
- {name: b, type: teams, url: "https://acme.webhook.office.com/webhookb2/${secret("the configuration: Teams' webhook")}"}
- {name: c, url: "https://chat.example.com/hooks/${secret('the configuration: a webhook of no known service')}"}
- {name: d, type: pagerduty, routingKey: ${secret('the configuration: a routing key')}}
ai: {provider: openai, apiKey: ${secret('the configuration: the key of a model')}}
tracing: {headers: "x-api-key=${secret('the configuration: headers of traces')}"}
`;

function own(): MutableObject {
  const object = deployment('kubeskippy', []) as MutableObject;
  object.metadata = { ...object.metadata, namespace: OURS, annotations: annotations('the Deployment') };
  object.spec.selector.matchLabels = { 'app.kubernetes.io/name': 'kubeskippy' };
  object.spec.template.metadata = { labels: { 'app.kubernetes.io/name': 'kubeskippy' } };
  Object.assign(object.spec.template.spec.containers[0], {
    command: [
      'kubeskippy',
      'run',
      '--api-key',
      secret('the Deployment: a flag'),
      `--token=${secret('the Deployment: a flag with =')}`,
    ],
    env: [
      { name: 'DB_PASSWORD', value: secret('the Deployment: a variable') },
      { name: 'DATABASE_URL', value: `postgres://ada:${secret('the Deployment: a user in a URL')}@db/shop` },
      {
        name: 'SLACK_WEBHOOK',
        value: `https://chat.example.com/hooks/${secret('the Deployment: a webhook in a variable')}`,
      },
      {
        name: 'OTEL_EXPORTER_OTLP_HEADERS',
        value: `authorization=Basic ${secret('the Deployment: headers in a variable')}`,
      },
    ],
    livenessProbe: {
      httpGet: {
        path: '/',
        port: 80,
        httpHeaders: [{ name: 'Authorization', value: secret('the Deployment: the header of a probe') }],
      },
    },
  });
  return object;
}

/** Lines of a log as the operator and libraries write them. */
const LOG = (): readonly string[] => [
  JSON.stringify({ level: 'info', msg: `sent {"name":"DB_PASSWORD","value":"${secret('the log: JSON in JSON')}"}` }),
  `GET https://ada:${secret('the log: a user in a URL')}@api.example.com/x failed`,
  `request headers: Authorization: Bearer ${secret('the log: a header')}`,
  `Cookie: session=${secret('the log: a cookie')}`,
  `users: [{name: a, user: {token: ${secret('the log: a token of a kubeconfig')}}}]`,
  `client-key-data: ${base64(`-----BEGIN KEY----- ${secret('the log: a key of a kubeconfig')}`)}`,
  `posted to https://hooks.slack.com/services/T0/B0/${secret('the log: a webhook')}`,
  `env DB_PASS=${secret('the log: a variable')} kubeskippy run`,
  'a line that stays',
];

const AT = '2026-01-01T00:00:00Z';
const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };

/** One that has changed a field, and has failed. */
function plantedAction(cluster: TestCluster['cluster']): void {
  const patch = (of: string): string => JSON.stringify({ spec: { env: env(secret(of)) } });
  cluster.create(ACTIONS, {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name: 'a', namespace: 'default', annotations: annotations('an action') },
    spec: {
      targetResource: target,
      action: { name: 'p', type: 'patch', patchAction: { type: 'merge', patch: patch('an action: its patch') } },
    },
  });
  const action = { ...cluster.get(ACTIONS, { namespace: 'default', name: 'a' }) } as MutableObject;
  action.status = {
    phase: 'Failed',
    message: `refused, password=${secret('an action: its message')}`,
    plan: {
      attempt: 1,
      plannedAt: AT,
      requests: [
        {
          method: 'PATCH',
          path: '/apis/apps/v1/namespaces/default/deployments/web',
          description: 'a patch',
          body: patch('an action: the body of its plan'),
        },
      ],
    },
    result: {
      success: false,
      changes: [
        {
          resourceRef: 'Deployment/default/web',
          changeType: 'patch',
          timestamp: AT,
          field: 'spec.template.spec.containers[0].env[DB_PASSWORD].value',
          oldValue: secret('an action: the value that was'),
          newValue: secret('an action: the value that is'),
        },
      ],
    },
  };
  cluster.update(ACTIONS, action, 'status');
}

/** What a person and programs have said: an approval, an Event, a log. */
async function plantedWords(world: TestCluster): Promise<void> {
  const { cluster } = world;
  await as(world, 'ada').create(
    { ...APPROVALS, namespaced: true },
    {
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingApproval',
      metadata: { name: 'x', namespace: 'default' },
      spec: {
        action: 'a',
        decision: 'Reject',
        approvedBy: 'ada',
        specHash: `sha256:${'0'.repeat(64)}`,
        planHash: `sha256:${'0'.repeat(64)}`,
        reason: `the token is ${secret('an approval: its reason')}`,
      },
    },
  );
  cluster.create(EVENTS, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: target,
    source: { component: 'kubeskippy' },
    reason: 'HealingFailed',
    message: `login with ada:${secret('an Event: a user')}@db failed; https://ada:${secret('an Event: a user in a URL')}@db`,
  });
  const script = [
    { logs: { lines: LOG() }, exit: { after: '5s', code: 1, message: `api_key=${secret('a pod: its last words')}` } },
  ];
  cluster.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'kubeskippy-0',
      namespace: OURS,
      labels: { 'app.kubernetes.io/name': 'kubeskippy' },
      annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(script) },
    },
    spec: { containers: [{ name: 'main', image: 'x', env: env(secret('a pod: a variable')) }] },
  });
  await world.clock.advance(8000);
}

async function plantedCluster(): Promise<TestCluster> {
  const world = new TestCluster(1);
  const { cluster } = world;
  cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OURS } });
  const data = { key: secret('a Secret') };
  for (const namespace of [OURS, 'default'])
    cluster.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace }, stringData: data });
  cluster.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubeskippy-config', namespace: OURS, annotations: annotations('the ConfigMap') },
    data: { 'config.yaml': CONFIG(), token: secret('the configuration: another file') },
  });
  cluster.create(DEPLOYMENTS, own());
  const made = policy() as MutableObject;
  made.metadata.annotations = annotations('a policy');
  cluster.create(POLICIES, made);
  plantedAction(cluster);
  await plantedWords(world);
  return world;
}

/** With what is written in base64 in it. */
const decoded = (text: string): string =>
  [text, ...(text.match(/[\w+/-]{16,}={0,2}/g) ?? []).map((run) => Buffer.from(run, 'base64').toString())].join('\n');

it('none of the secrets of any place is in the bundle, and what is no secret is', async () => {
  const world = await plantedCluster();
  const { code, out } = await called(['support-bundle', '--kubeconfig', await served(world.sandbox, file)]);
  expect(code).toBe(0);
  const text = decoded(out);
  expect([...planted].filter(([word]) => text.includes(word)).map(([, place]) => place)).toEqual([]);
  // Every place was gathered.
  for (const kept of ['a line that stays', 'X-Scope: visible', 'chat.example.com', 'HealingFailed', 'env[DB_PASSWORD]'])
    expect(out).toContain(kept);
});
