/**
 * What each verb is asked in its tests, on the cluster and the files of `verb-scene.ts`: for a screen, for documents,
 * and so that it fails in its own way.
 */
import { join } from 'node:path';
import {
  away,
  fails,
  finds,
  forbidden,
  noKubeconfig,
  on,
  reads,
  unreadable,
  type VerbRow,
  words,
  type WordsIn,
} from './verb-row.ts';

const WAITING: WordsIn = ({ waiting, kubeconfig }) => [waiting, '-n', 'shop', '--kubeconfig', kubeconfig];
const withWaiting =
  (...flags: readonly string[]): WordsIn =>
  async (scene) => [...(await WAITING(scene)), ...flags];

const POLICY = `apiVersion: kubeskippy.io/v1alpha1
kind: HealingPolicy
metadata: {name: p, namespace: shop}
spec:
  selector: {resources: [{apiVersion: apps/v1, kind: Deployment}]}
  triggers:
  - name: slow
    type: metric
    metricTrigger: {query: 'rate(kube_pod_container_status_restarts_total)', threshold: 1, operator: '>'}
  actions: [{name: restart, type: restart, restartAction: {strategy: sideways}}]
`;

const CONFIG = 'dryrun: true\nlogLevel: loud\nactions:\n  shell: true\nsafety: {dryRunMode: true}\n';

const EXAMPLE = join(import.meta.dirname, '../../examples/crash-loop.yaml');

/** The policy of `examples`, with a test that passes, or one that cannot. */
const policyTest =
  (by: string): WordsIn =>
  ({ file }) => [
    file(
      `by-${by}_test.yaml`,
      `files: [${EXAMPLE}]
tests:
- name: a crash loop ends with one restart
  expect:
  - by: ${by}
    action: {policy: crash-loop, type: restart}
`,
    ),
  ];

export const VERB_ROWS: Readonly<Record<string, VerbRow>> = {
  version: {
    words: words(),
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [fails('the form is none that it has', 2, words('-o', 'xml'))],
  },
  install: {
    words: async ({ fresh }) => ['--kubeconfig', await fresh()],
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [
      away(),
      noKubeconfig(),
      forbidden(),
      fails('the configuration is not there', 2, ({ file }) => ['--config', file('none')]),
      fails('no image is named', 2, words('--with-operator')),
    ],
  },
  uninstall: {
    words: async ({ installed }) => ['-y', '--kubeconfig', await installed()],
    text: 'screen',
    forms: ['json'],
    fails: [away('-y'), noKubeconfig('-y'), forbidden('-y'), fails('nobody can be asked', 2, on())],
  },
  check: {
    clock: 'real',
    words: ({ live }) => ['--kubeconfig', live],
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [
      away(),
      noKubeconfig(),
      finds('it is not installed', 1, async ({ fresh, running }) => ['--kubeconfig', await fresh({ clock: running })]),
      fails('the configuration is not there', 2, ({ file }) => ['--config', file('none')]),
    ],
  },
  lint: {
    words: ({ file }) => [file('policy.yaml', POLICY)],
    status: 1,
    text: 'screen',
    forms: ['json'],
    fails: [unreadable(), fails('no policy is in the file', 2, ({ file }) => [file('empty.yaml', 'a: 1\n')])],
  },
  test: {
    words: policyTest('3m'),
    text: 'screen',
    forms: ['json'],
    fails: [
      unreadable(),
      finds('a test fails', 1, policyTest('10s')),
      fails('the object of --record is not there', 1, on('--record', 'deployment/none')),
    ],
  },
  plan: {
    words: withWaiting(),
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [
      away('a'),
      noKubeconfig('a'),
      forbidden('a'),
      fails('there is no such action', 1, on('none')),
      fails('the file is not there', 2, ({ file }) => ['-f', file('none')]),
      fails('no action is in the file', 2, ({ file }) => ['-f', file('empty.yaml', 'a: 1\n')]),
    ],
  },
  approve: {
    words: withWaiting('--dry-run', '--reason', 'seen'),
    text: 'screen',
    forms: ['json'],
    fails: [
      away('a', '-y'),
      noKubeconfig('a', '-y'),
      forbidden('a', '-y'),
      fails('there is no such action', 1, on('none', '-y')),
      fails('it waits for nobody', 1, ({ ended, kubeconfig }) => [
        ended,
        '-n',
        'shop',
        '-y',
        '--kubeconfig',
        kubeconfig,
      ]),
      fails('nobody can be asked', 2, withWaiting()),
    ],
  },
  reject: {
    words: withWaiting('--dry-run', '--reason', 'a release is under way'),
    text: 'screen',
    forms: ['json'],
    fails: [
      away('a', '-y', '--reason', 'x'),
      forbidden('a', '-y', '--reason', 'x'),
      fails('there is no such action', 1, on('none', '-y', '--reason', 'x')),
      fails('no reason is given', 2, withWaiting('-y')),
    ],
  },
  status: { words: on(), text: 'screen', forms: ['json', 'yaml'], fails: reads() },
  get: {
    words: on('actions'),
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [
      ...reads('policies'),
      fails('there is no such object', 1, on('actions', 'none', '-n', 'shop')),
      fails('there is no such kind', 2, on('pods')),
      fails('its namespace is not named', 2, on('actions', 'none')),
    ],
  },
  pause: {
    words: on('--reason', 'the database moves', '--dry-run'),
    text: 'screen',
    forms: ['json'],
    fails: [
      away('--reason', 'x', '-y'),
      forbidden('--reason', 'x', '-y'),
      fails('it is paused already', 1, on('--reason', 'x', '-y', '-n', 'elsewhere')),
      fails('nobody can be asked', 2, on('--reason', 'x')),
    ],
  },
  resume: {
    words: on('-n', 'elsewhere', '--reason', 'it is done', '--dry-run'),
    text: 'screen',
    forms: ['json'],
    fails: [away('-y'), forbidden('-y'), fails('it is not paused', 1, on('-y')), fails('nobody can be asked', 2, on())],
  },
  explain: {
    words: on('deployment/till', '-n', 'shop'),
    text: 'screen',
    forms: ['json', 'yaml'],
    clock: 'real',
    fails: [
      away('deployment/till'),
      noKubeconfig('deployment/till'),
      fails('there is no such object', 1, on('deployment/none', '-n', 'shop')),
      fails('the object is not named as KIND/NAME', 2, on('till')),
    ],
  },
  history: {
    words: on('deployment/cart', '-n', 'shop'),
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [...reads('deployment/web'), fails('the object is not named as KIND/NAME', 2, on('web'))],
  },
  diagnose: {
    words: on('deployment/till', '-n', 'shop'),
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [
      away(),
      noKubeconfig(),
      forbidden('deployment/till'),
      fails('there is no such object', 1, on('deployment/none', '-n', 'shop')),
      fails('the object is not named as KIND/NAME', 2, on('till')),
    ],
  },
  query: {
    words: on('kube_pod_container_status_restarts_total > 0'),
    text: 'screen',
    forms: ['json'],
    clock: 'real',
    fails: [
      away('up'),
      noKubeconfig('up'),
      finds('nothing has such a metric', 1, on('no_such_metric')),
      finds('the query cannot be read', 1, on('sum(')),
      fails('there is no such source', 2, on('up', '--source', 'none')),
    ],
  },
  replay: {
    words: ({ file }) => [file('decision.json')],
    text: 'screen',
    forms: ['json'],
    fails: [unreadable(), finds('another decision was recorded', 1, ({ file }) => [file('changed.json')])],
  },
  'audit show': {
    words: ({ file }) => [file('audit.jsonl')],
    text: 'screen',
    forms: ['lines'],
    fails: [unreadable()],
  },
  'audit verify': {
    words: ({ file }) => [file('audit.jsonl')],
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [unreadable(), finds('a record was changed', 1, ({ file }) => [file('tampered.jsonl')])],
  },
  'report causes': { words: on(), text: 'screen', forms: ['json', 'yaml'], fails: reads() },
  'report replaceability': {
    words: on(),
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [away(), noKubeconfig(), forbidden()],
  },
  top: {
    words: ({ metrics }) => ['--url', metrics],
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [
      away(),
      noKubeconfig(),
      fails('the API server reaches no operator', 1, on()),
      fails('nothing answers at the address', 1, words('--url', 'http://127.0.0.1:2/metrics')),
    ],
  },
  'support-bundle': {
    words: on(),
    text: 'document',
    forms: [],
    noJson: 'its sections are documents of YAML that a person reads before they leave the house',
    fails: [away(), noKubeconfig(), fails('the file cannot be written', 1, on('--file', '/nowhere/bundle.yaml'))],
  },
  sandbox: {
    words: ({ file }) => ['--nodes', '0', '--kubeconfig-out', file('sandbox')],
    text: 'screen',
    forms: [],
    noJson: 'it goes on; what a program needs is the kubeconfig that it writes',
    clock: 'real',
    until: /^ready /m,
    fails: [
      fails('the port is taken', 1, ({ metrics }) => ['--port', new URL(metrics).port]),
      fails('the file of tokens is not there', 2, ({ file }) => ['--token-auth-file', file('none')]),
    ],
  },
  run: {
    words: async ({ installed }) => [
      '--metrics-bind-address',
      '0',
      '--health-probe-bind-address',
      '0',
      '--log-format',
      'text',
      '--kubeconfig',
      await installed(),
    ],
    text: 'document',
    forms: [],
    noJson: 'it goes on; --log-format has the form of its log',
    says: 'err',
    clock: 'real',
    until: /\n/,
    fails: [
      away(),
      noKubeconfig(),
      fails('the configuration has mistakes', 2, ({ file }) => ['--config', file('mistakes.yaml', CONFIG)]),
    ],
  },
  'config print': {
    words: ({ file }) => ['--effective', '--config', file('settings.yaml', 'safety: {dryRunMode: true}\n')],
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [
      fails('the configuration is not there', 2, ({ file }) => ['--effective', '--config', file('none')]),
      fails('neither form of settings is asked for', 2, words()),
    ],
  },
  'config check': {
    words: ({ file }) => [file('mistakes.yaml', CONFIG)],
    status: 2,
    text: 'screen',
    forms: ['json', 'yaml'],
    fails: [unreadable()],
  },
  completion: {
    words: words('bash'),
    text: 'document',
    forms: [],
    noJson: 'it prints a script for a shell',
    fails: [fails('there is no such shell', 2, words('tcsh'))],
  },
  demo: {
    // It plays for most of a minute: src/cli/demo/view.test.ts has its screens, test/e2e/demo.test.ts its JSON.
    words: words(),
    text: 'elsewhere',
    forms: [],
    fails: [fails('the speed is no number', 2, words('--speed', 'fast'))],
  },
  watch: {
    words: on(),
    text: 'screen',
    forms: ['lines'],
    until: /Ctrl-C ends it|\}\n/,
    fails: reads(),
  },
};
