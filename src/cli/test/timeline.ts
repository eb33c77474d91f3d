/** What happened in a test, line by line: steps, triggers, refusals, actions, and pods that are ready. Pure. */
import { HEALING_ACTION, HEALING_POLICY } from '../../api/names.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import type { PolicyStatus } from '../../api/policy-status.ts';
import { formatDuration } from '../../std/duration.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Played } from './run-test.ts';
import type { CompiledStep, CompiledTest } from './compiled-test.ts';

export interface TimelineEntry {
  /** Milliseconds from the start of the test. */
  readonly at: number;
  readonly text: string;
}

/** A screen and a half; what stands in the middle is left out. */
const MAX_ENTRIES = 60;

export function timelineOf(test: CompiledTest, played: Played): readonly TimelineEntry[] {
  const entries: TimelineEntry[] = [
    ...test.steps.map((step) => ({ at: step.at, text: `step: ${stepText(step)}` })),
    ...played.calls.map(({ at, endpoint }) => ({ at: at - played.startedAt, text: `call of ${endpoint}` })),
    ...played.failures.map(({ at, message }) => ({ at: at - played.startedAt, text: `failed: ${message}` })),
    ...seenIn(played),
  ];
  return shortened(entries.toSorted((a, b) => a.at - b.at));
}

function shortened(entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  if (entries.length <= MAX_ENTRIES) return entries;
  const half = MAX_ENTRIES / 2;
  const hidden = entries.length - MAX_ENTRIES;
  const at = entries[half]?.at ?? 0;
  return [...entries.slice(0, half), { at, text: `(${hidden} more)` }, ...entries.slice(-half)];
}

function stepText({ spec }: CompiledStep): string {
  const { apply, patch, approve, reject, answer } = spec;
  if (apply !== undefined) return `apply ${apply.kind}/${apply.metadata.name}`;
  if (patch !== undefined) return `patch ${patch.kind}/${patch.name}`;
  if (spec.delete !== undefined) return `delete ${spec.delete.kind}/${spec.delete.name}`;
  if (approve !== undefined) return `approve what policy ${approve.policy} asks`;
  if (reject !== undefined) return `reject what policy ${reject.policy} asks`;
  if (answer !== undefined) return `${answer.endpoint} answers ${answer.status} from now on`;
  return 'the operator is killed and starts again';
}

/** Of an object, by the line that is said of it; a line is said again only when it changes. */
type Lines = ReadonlyMap<string, string>;

function seenIn({ commits, startedAt }: Played): readonly TimelineEntry[] {
  const said = new Map<string, string>();
  const entries: TimelineEntry[] = [];
  for (const { type, object, at } of commits) {
    const name = `${object.kind}/${object.metadata.name}`;
    for (const [key, text] of type === 'DELETED' ? deleted(object) : linesOf(object)) {
      if (said.get(`${name} ${key}`) === text) continue;
      said.set(`${name} ${key}`, text);
      entries.push({ at: at - startedAt, text });
    }
  }
  return entries;
}

const deleted = ({ kind, metadata }: KubeObject): Lines =>
  new Map(WORKLOADS.has(kind) || kind === 'Job' ? [['gone', `${kind}/${metadata.name} is gone`]] : []);

const WORKLOADS: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

function linesOf(object: KubeObject): Lines {
  if (object.kind === HEALING_ACTION.kind) return actionLines(object);
  if (object.kind === HEALING_POLICY.kind) return policyLines(object);
  return WORKLOADS.has(object.kind) ? workloadLines(object) : new Map();
}

function workloadLines({ kind, metadata, status, spec }: KubeObject): Lines {
  const {
    readyReplicas = 0,
    numberReady = readyReplicas,
    desiredNumberScheduled,
  } = (status ?? {}) as {
    readonly readyReplicas?: number;
    readonly numberReady?: number;
    readonly desiredNumberScheduled?: number;
  };
  const wanted = desiredNumberScheduled ?? (spec as { readonly replicas?: number } | undefined)?.replicas ?? 1;
  return new Map([['ready', `${kind}/${metadata.name}: ${numberReady} of ${wanted} pods are ready`]]);
}

function actionLines(object: KubeObject): Lines {
  const { phase = 'Pending', reason, message } = (object['status'] ?? {}) as ActionStatus;
  const spec = object['spec'] as {
    readonly action: { readonly type: string };
    readonly targetResource: { readonly kind: string; readonly name: string };
  };
  const { kind, name } = spec.targetResource;
  const why = [reason, message].filter((part) => part !== undefined && part !== '').join(': ');
  return new Map([['phase', `action ${spec.action.type} of ${kind}/${name}: ${phase}${why === '' ? '' : `, ${why}`}`]]);
}

function policyLines({ metadata, status }: KubeObject): Lines {
  const { triggers = [], blocked = [], conditions = [] } = (status ?? {}) as PolicyStatus;
  const ready = conditions.find(({ type }) => type === 'Ready');
  const refused = new Map<string, string>();
  for (const { target, reason, message } of blocked) {
    const about = `${target.kind}/${target.name}`;
    refused.set(`refused ${about} ${reason}`, `policy ${metadata.name} does not heal ${about}: ${reason}, ${message}`);
  }
  return new Map([
    ...(ready?.status === 'False'
      ? [['ready', `policy ${metadata.name} is not ready: ${ready.reason}, ${ready.message}`] as const]
      : []),
    ...triggers.flatMap(({ name, state, firing = [], lastError }): (readonly [string, string])[] => {
      const about = firing.map(({ target }) => `${target.kind}/${target.name}`).join(', ');
      const said = `policy ${metadata.name}, trigger ${name}: ${state}`;
      const lines: (readonly [string, string])[] =
        state === 'Inactive' ? [] : [[`trigger ${name}`, about === '' ? said : `${said} for ${about}`]];
      return lastError === undefined ? lines : [...lines, [`error ${name}`, `${said}, ${lastError}`]];
    }),
    ...refused,
  ]);
}

const AT = 10;
export const timelineText = (entries: readonly TimelineEntry[]): readonly string[] =>
  entries.map(({ at, text }) => `${formatDuration(at).padStart(AT)}  ${text}`);
