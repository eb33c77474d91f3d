/** A cluster at a glance: who heals, what is selected, what is unwell, and what waits for a person. Pure. */
import type { ActionStatus } from '../../api/action-status.ts';
import { healingPolicySchema } from '../../api/healing-policy.ts';
import { POLICY_CONDITIONS } from '../../api/names.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { Blocked, Episode, PolicyStatus } from '../../api/policy-status.ts';
import { keptNodes } from '../../core/kept-nodes.ts';
import { describeTarget } from '../../core/observation.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, type Instant, toTimestamp } from '../../std/clock.ts';
import { given } from '../../std/given.ts';

/** What became of reading one object. */
export type Read =
  | { readonly kind: 'found'; readonly object: KubeObject }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** What could be read of the operator itself. */
export interface OperatorSeen {
  readonly lease: Read;
  /** The Leases of the other shards, where the work is divided. */
  readonly others?: readonly Read[];
  /** The text of the kill switch. */
  readonly paused?: string;
}

export interface Glance {
  readonly at: string;
  readonly operator: {
    readonly state: 'Leading' | 'Silent' | 'Absent' | 'Unknown';
    readonly message: string;
    readonly paused?: string;
  };
  readonly policies: {
    readonly total: number;
    readonly ready: number;
    readonly suspended: number;
    readonly modes: Readonly<Record<string, number>>;
    readonly problems: readonly { readonly policy: string; readonly reason: string; readonly message: string }[];
  };
  /** Why people do not hear of it, a line for each channel that fails. */
  readonly untold: readonly string[];
  readonly targets: { readonly matched: number; readonly unhealthy: number; readonly unknown: number };
  /** Nodes that an action has cordoned and that are cordoned still. */
  readonly cordoned: readonly { readonly node: string; readonly action: string }[];
  /** Policies with a metric trigger to which no answer comes. */
  readonly withoutMetrics: readonly { readonly policy: string; readonly reason: string; readonly message: string }[];
  readonly unwell: readonly Unwell[];
  readonly waiting: readonly Waiting[];
  readonly actions: {
    readonly inProgress: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly cancelled: number;
  };
}

export interface Unwell {
  readonly policy: string;
  readonly target: string;
  readonly since: string;
  readonly state: string;
  /** What is done about it, or why nothing is. */
  readonly doing: string;
}

export interface Waiting {
  readonly namespace: string;
  readonly action: string;
  readonly does: string;
  readonly expiresAt?: string;
}

const DAY_MS = 86_400_000;

export function glanceAt(
  seen: {
    readonly operator: OperatorSeen;
    readonly policies: readonly KubeObject[];
    readonly actions: readonly HealingAction[];
    /** Absent: they may not be read. */
    readonly nodes?: readonly KubeObject[];
  },
  now: Instant,
): Glance {
  const policies = seen.policies.map(readPolicy);
  const open = seen.actions.filter(({ status }) => status.completionTime === undefined);
  const sum = (count: keyof Glance['targets']): number =>
    policies.reduce((total, { status }) => total + (status.targets?.[count] ?? 0), 0);
  const ended = (phase: HealingAction['phase']): number =>
    seen.actions.filter((action) => action.phase === phase && isSince(action.status, now - DAY_MS)).length;
  return {
    at: toTimestamp(now),
    operator: operatorAt(seen.operator, now),
    policies: {
      total: policies.length,
      ready: policies.filter(({ problem }) => problem === undefined).length,
      suspended: policies.filter(({ suspended }) => suspended).length,
      modes: Object.fromEntries(
        [...new Set(policies.map(({ mode }) => mode))]
          .toSorted()
          .map((mode) => [mode, policies.filter((policy) => policy.mode === mode).length]),
      ),
      problems: policies.flatMap(({ policy, problem }) => (problem === undefined ? [] : [{ policy, ...problem }])),
    },
    untold: [...new Set(policies.flatMap(({ status }) => untoldIn(status)))].toSorted(),
    targets: { matched: sum('matched'), unhealthy: sum('unhealthy'), unknown: sum('unknown') },
    cordoned: keptNodes(seen.nodes ?? []).map(({ node, actionUid }) => {
      const by = seen.actions.find(({ uid }) => uid === actionUid);
      return { node: node.metadata.name, action: by === undefined ? '-' : `${by.namespace}/${by.name}` };
    }),
    withoutMetrics: policies.flatMap(withoutMetrics),
    unwell: policies.flatMap((policy) => unwellOf(policy, open)).toSorted((a, b) => (a.since < b.since ? -1 : 1)),
    waiting: seen.actions.flatMap(waitingOf),
    actions: {
      inProgress: seen.actions.filter(({ phase }) => phase === 'Approved' || phase === 'InProgress').length,
      succeeded: ended('Succeeded'),
      failed: ended('Failed'),
      cancelled: ended('Cancelled'),
    },
  };
}

const untoldIn = ({ conditions = [] }: PolicyStatus): readonly string[] =>
  conditions.filter(({ type }) => type === POLICY_CONDITIONS.peopleTold).map(({ message }) => message);

interface SeenPolicy {
  /** `namespace/name`. */
  readonly policy: string;
  readonly namespace: string;
  readonly name: string;
  readonly mode: string;
  readonly suspended: boolean;
  readonly status: PolicyStatus;
  readonly problem?: { readonly reason: string; readonly message: string };
}

function readPolicy(object: KubeObject): SeenPolicy {
  const { namespace = '', name } = object.metadata;
  const policy = `${namespace}/${name}`;
  const parsed = healingPolicySchema.safeParse({ spec: object['spec'], status: object['status'] ?? {} });
  if (!parsed.success)
    return {
      policy,
      namespace,
      name,
      mode: 'unknown',
      suspended: false,
      status: {},
      problem: { reason: '-', message: parsed.error.issues[0]?.message ?? 'it cannot be read' },
    };
  const { spec, status = {} } = parsed.data;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const problem =
    ready === undefined
      ? { reason: '-', message: 'no operator has looked at it yet' }
      : ready.status === 'True'
        ? undefined
        : { reason: ready.reason, message: ready.message };
  return { policy, namespace, name, mode: spec.mode, suspended: spec.suspend, status, ...given({ problem }) };
}

function withoutMetrics({ policy, status, suspended }: SeenPolicy): Glance['withoutMetrics'] {
  const metrics = status.conditions?.find(({ type }) => type === POLICY_CONDITIONS.metricsAvailable);
  if (suspended || metrics?.status !== 'False') return [];
  return [{ policy, reason: metrics.reason, message: metrics.message }];
}

/** Of several shards the first that is in trouble, or who has how many. */
export function operatorAt({ lease, others = [], paused }: OperatorSeen, now: Instant): Glance['operator'] {
  if (others.length === 0) return leaderAt({ lease, ...given({ paused }) }, now);
  const shards = [lease, ...others].map((one) => leaderAt({ lease: one, ...given({ paused }) }, now));
  const trouble = shards.findIndex(({ state }) => state !== 'Leading');
  const found = shards[trouble];
  if (found !== undefined)
    return {
      ...found,
      message: `shard ${trouble} of ${shards.length}, for the namespaces that fall to it: ${found.message}`,
    };
  const holders = [lease, ...others].map(holderOf);
  const told = [...new Set(holders)].map((holder) => `${holder} ${holders.filter((one) => one === holder).length}`);
  return { state: 'Leading', message: `${shards.length} shards: ${told.join(', ')}`, ...given({ paused }) };
}

const holderOf = (lease: Read): string =>
  lease.kind === 'found'
    ? ((lease.object['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity ?? '')
    : '';

function leaderAt({ lease, paused }: Omit<OperatorSeen, 'others'>, now: Instant): Glance['operator'] {
  const more = given({ paused });
  if (lease.kind === 'absent')
    return { state: 'Absent', message: 'no operator has ever led here; without leader election none shows', ...more };
  if (lease.kind === 'unreadable')
    return { state: 'Unknown', message: `its Lease cannot be read: ${lease.why}`, ...more };
  const spec = (lease.object['spec'] ?? {}) as {
    readonly holderIdentity?: string;
    readonly renewTime?: string;
    readonly leaseDurationSeconds?: number;
  };
  const renewed = fromTimestamp(spec.renewTime);
  const holder = spec.holderIdentity ?? '';
  if (holder === '' || renewed === undefined)
    return { state: 'Silent', message: 'the last operator has given its Lease back; nothing is healed', ...more };
  const seconds = Math.max(0, Math.round((now - renewed) / 1000));
  return seconds > (spec.leaseDurationSeconds ?? 15)
    ? {
        state: 'Silent',
        message: `${holder} renewed its Lease ${seconds} s ago, and no other has taken it; nothing is healed`,
        ...more,
      }
    : { state: 'Leading', message: `${holder} leads, and renewed its Lease ${seconds} s ago`, ...more };
}

const sameTarget = (a: Episode['target'], b: Blocked['target']): boolean =>
  a.kind === b.kind && a.name === b.name && a.namespace === b.namespace;

function unwellOf({ policy, namespace, name, status }: SeenPolicy, open: readonly HealingAction[]): readonly Unwell[] {
  const own = open.filter((action) => action.namespace === namespace && action.spec.policyRef?.name === name);
  return (status.episodes ?? [])
    .filter(({ state }) => state === 'Firing' || state === 'Exhausted')
    .map((episode): Unwell => {
      const blocked = status.blocked?.find(({ target }) => sameTarget(episode.target, target));
      const running = own.find(({ spec }) => sameTarget(episode.target, spec.targetResource));
      const doing =
        running !== undefined
          ? `${running.action.type} ${running.name} is ${running.phase}`
          : blocked !== undefined
            ? `${blocked.reason}: ${blocked.message}`
            : episode.state === 'Exhausted'
              ? 'every step was tried; a person has to look'
              : 'an action is about to be proposed';
      return { policy, target: describeTarget(episode.target), since: episode.startedAt, state: episode.state, doing };
    });
}

function waitingOf({ namespace, name, phase, status, action, spec }: HealingAction): readonly Waiting[] {
  const { approval } = status;
  if (phase !== 'Pending' || approval?.required !== true || approval.approved) return [];
  const { expiresAt } = approval;
  return [
    { namespace, action: name, does: `${action.type} ${describeTarget(spec.targetResource)}`, ...given({ expiresAt }) },
  ];
}

const isSince = ({ completionTime }: ActionStatus, from: Instant): boolean =>
  (fromTimestamp(completionTime) ?? 0) >= from;
