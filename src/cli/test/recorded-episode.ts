/**
 * The test of an episode that was: from the workload as it was before, the policy, and the actions that are kept. What
 * the containers of a real cluster did is played by a script. Pure.
 */
import { stringify } from 'yaml';
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { SCRIPT_ANNOTATION } from '../../sandbox/index.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { formatDuration } from '../../std/duration.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { withoutSecrets } from '../without-secrets.ts';

export interface EpisodeKept {
  /** The workload, as it is now. */
  readonly object: KubeObject;
  /** As it is written, and as it is read. */
  readonly policy: { readonly object: KubeObject; readonly compiled: HealingPolicy };
  /** Of the policy on the object or its pods, in the order in which they began; at least one. */
  readonly actions: readonly HealingAction[];
}

export interface Recorded {
  readonly text: string;
  /** What the record does not hold, for the person who completes the test. */
  readonly notes: readonly string[];
}

export function recordedEpisode(episode: EpisodeKept): Recorded {
  const notes: string[] = [];
  const object = workloadBefore(episode, notes);
  const { metadata, apiVersion, kind, ...policy } = episode.policy.object;
  const file = {
    tests: [
      {
        name: `${kindAndName(object)} as policy ${metadata.name} healed it`,
        objects: [object, { apiVersion, kind, metadata: named(metadata), spec: policy['spec'] }],
        expect: expectationsOf(episode),
      },
    ],
  };
  const head = ['Recorded by kubeskippy test --record. Secrets and addresses were taken out.', ...notes];
  const comments = head.map((line) => `# ${line}\n`).join('');
  return { text: comments + stringify(withoutSecrets(file), { lineWidth: 120 }), notes };
}

const kindAndName = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

const named = ({ name, namespace, labels }: KubeObject['metadata']) => given({ name, namespace, labels });

type Json = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of a workload's spec: what decides how it comes up. The rest needs things that the test's cluster does not have. */
const SPEC = [
  'replicas',
  'selector',
  'serviceName',
  'strategy',
  'updateStrategy',
  'podManagementPolicy',
  'minReadySeconds',
  'progressDeadlineSeconds',
  'backoffLimit',
  'completions',
  'parallelism',
];
const POD = ['restartPolicy', 'terminationGracePeriodSeconds'];
const CONTAINER = ['name', 'image', 'resources', 'ports', 'livenessProbe', 'readinessProbe', 'startupProbe'];

function workloadBefore({ object, policy, actions }: EpisodeKept, notes: string[]): KubeObject {
  const spec = object['spec'] as Json;
  const template = spec['template'] as { readonly metadata?: KubeObject['metadata']; readonly spec: Json } | undefined;
  if (template === undefined) return ofPod(object, scriptOf(policy.compiled, actions, notes));
  const { annotations = {}, labels } = template.metadata ?? {};
  const script = annotations[SCRIPT_ANNOTATION] ?? scriptOf(policy.compiled, actions, notes);
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { ...named(object.metadata), ...marksOf(object.metadata) },
    spec: {
      ...only(spec, SPEC),
      ...replicasBefore(actions),
      template: {
        metadata: given({ labels, annotations: script === undefined ? undefined : { [SCRIPT_ANNOTATION]: script } }),
        spec: podSpec(template.spec),
      },
    },
  };
}

function ofPod(object: KubeObject, script: string | undefined): KubeObject {
  const annotations = object.metadata.annotations?.[SCRIPT_ANNOTATION] ?? script;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      ...named(object.metadata),
      ...(annotations !== undefined && { annotations: { [SCRIPT_ANNOTATION]: annotations } }),
    },
    spec: podSpec(object['spec'] as Json),
  };
}

/** Marks of ours and of our neighbours on the workload decide whether it may be touched. */
function marksOf({ annotations = {} }: KubeObject['metadata']): {
  readonly annotations?: Readonly<Record<string, string>>;
} {
  const kept = Object.entries(annotations).filter(
    ([key]) =>
      /(?:^|\.)(?:kubeskippy\.io|karpenter\.sh|kubernetes\.io)\//.test(key) &&
      !/last-applied|revision|restartedAt/.test(key),
  );
  return kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) };
}

const podSpec = (spec: Json): Json => ({
  ...only(spec, POD),
  containers: (spec['containers'] as readonly Json[]).map((container) => withoutCommands(only(container, CONTAINER))),
});

/** What a probe runs and sends often has a password in it, and plays no part in the test's cluster. */
const withoutCommands = (container: Json): Json =>
  Object.fromEntries(
    Object.entries(container).map(([key, value]) => {
      if (!key.endsWith('Probe') || !isMap(value)) return [key, value];
      const { exec, httpGet, ...probe } = value;
      const { httpHeaders: _, ...get } = isMap(httpGet) ? httpGet : {};
      return [
        key,
        {
          ...probe,
          ...(exec !== undefined && { exec: { command: ['true'] } }),
          ...(isMap(httpGet) && { httpGet: get }),
        },
      ];
    }),
  );

const only = (of: Json, keys: readonly string[]): Json =>
  Object.fromEntries(keys.flatMap((key) => (of[key] === undefined ? [] : [[key, of[key]]])));

/** As many as there were before the first action that changed their number. */
function replicasBefore(actions: readonly HealingAction[]): { readonly replicas?: number } {
  for (const { status } of actions)
    for (const { field, oldValue } of status.result?.changes ?? [])
      if (field === 'spec.replicas' && oldValue !== undefined && /^\d+$/.test(oldValue))
        return { replicas: Number(oldValue) };
  return {};
}

/** What a container does that shows a condition, in the words of the embedded cluster's scripts. */
const PLAYED: Readonly<Record<string, Json>> = {
  CrashLoopBackOff: { exit: { after: '2s', code: 1 } },
  OOMKilled: { exit: { after: '5s', code: 137, reason: 'OOMKilled' } },
  ImagePullBackOff: { pull: { takes: '1s', fails: 'not-found' } },
  ErrImagePull: { pull: { takes: '1s', fails: 'not-found' } },
  Available: { ready: { failsAfter: '5s' } },
  Ready: { ready: { failsAfter: '5s' } },
};

/** New pods are made by a new template, or in the place of one that is taken away. */
const BY_TEMPLATE: ReadonlySet<string> = new Set(['restart', 'rollback', 'patch', 'custom']);

function scriptOf(policy: HealingPolicy, actions: readonly HealingAction[], notes: string[]): string | undefined {
  const types = policy.triggers.flatMap((trigger) => (trigger.type === 'condition' ? [trigger.conditionType] : []));
  const behaviour = types.map((type) => PLAYED[type]).find((played) => played !== undefined);
  if (behaviour === undefined) {
    notes.push(`The record does not tell what broke it: give the pods a script (annotation ${SCRIPT_ANNOTATION}).`);
    return undefined;
  }
  const helped = actions.find(({ phase }) => phase === 'Succeeded');
  if (helped === undefined) return JSON.stringify([behaviour]);
  const isPod = helped.spec.targetResource.kind === 'Pod';
  const when = isPod || !BY_TEMPLATE.has(helped.action.type) ? { pod: 1 } : { revision: 1 };
  notes.push(
    `The record does not hold what its containers did: a script plays ${types.join(' and ')} until the ${helped.action.type}.`,
  );
  return JSON.stringify([{ when, ...behaviour }]);
}

/** Twice as long as it took, and a minute: the test's cluster starts from nothing. */
const slack = (ms: number): string => formatDuration((Math.ceil((2 * ms) / 60_000) + 1) * 60_000);

function expectationsOf({ object, policy, actions }: EpisodeKept): readonly Json[] {
  const began = fromTimestamp(object.metadata.creationTimestamp) ?? 0;
  const first = Math.min(...actions.map(({ createdAt = began }) => createdAt));
  const expected = actions.map(({ action, spec, phase, status, createdAt = first }) => {
    const ended = fromTimestamp(status.completionTime) ?? createdAt;
    const { kind, name } = spec.targetResource;
    const isNamed = name === object.metadata.name;
    return {
      by: slack(ended - first),
      action: given({
        policy: policy.compiled.name,
        type: action.type,
        target: isNamed ? `${kind}/${name}` : undefined,
        phase,
        reason: status.reason,
        count: sameAs(actions, { action, spec, phase, status }),
      }),
    };
  });
  return expected.filter(
    (one, index) =>
      expected.findIndex((other) => JSON.stringify(other.action) === JSON.stringify(one.action)) === index,
  );
}

type Told = Pick<HealingAction, 'action' | 'spec' | 'phase' | 'status'>;
const wordsOf = ({ action, spec, phase, status }: Told): string =>
  JSON.stringify([action.type, spec.targetResource.kind, phase, status.reason]);
const sameAs = (actions: readonly Told[], one: Told): number =>
  actions.filter((other) => wordsOf(other) === wordsOf(one)).length;
