/** What has happened between two looks at policies and actions, as sentences. Pure. */
import type { ActionStatus } from '../../api/action-status.ts';
import type { ActionSpec } from '../../api/healing-action.ts';
import type { Episode, PolicyStatus } from '../../api/policy-status.ts';
import { describeTarget } from '../../core/observation.ts';
import type { KubeObject } from '../../shapes/kube.ts';

/** By UID. */
export type Objects = ReadonlyMap<string, KubeObject>;

export interface Look {
  readonly policies: Objects;
  readonly actions: Objects;
}

export const EMPTY: Look = { policies: new Map(), actions: new Map() };

export function newsBetween(before: Look, now: Look): readonly string[] {
  return [
    ...[...now.policies].flatMap(([uid, policy]) => policyNews(before.policies.get(uid), policy)),
    ...[...before.policies].flatMap(([uid, policy]) =>
      now.policies.has(uid) ? [] : [`policy ${nameOf(policy)} was deleted`],
    ),
    ...[...now.actions].flatMap(([uid, action]) => actionNews(before.actions.get(uid), action)),
  ];
}

const nameOf = ({ metadata: { namespace = '', name } }: KubeObject): string => `${namespace}/${name}`;
const statusOf = (policy: KubeObject | undefined): PolicyStatus => policy?.['status'] ?? {};
const episodeKey = ({ target, startedAt }: Episode): string => `${target.uid ?? describeTarget(target)} ${startedAt}`;

function policyNews(before: KubeObject | undefined, policy: KubeObject): readonly string[] {
  const [old, now] = [statusOf(before), statusOf(policy)];
  const known = new Map((old.episodes ?? []).map((episode) => [episodeKey(episode), episode.state]));
  const episodes = (now.episodes ?? []).flatMap((episode) => {
    const { state, target } = episode;
    if (known.get(episodeKey(episode)) === state || state === 'Pending') return [];
    return [`policy ${nameOf(policy)}: ${describeTarget(target)} ${STATES[state](episode)}`];
  });
  const said = (status: PolicyStatus) =>
    new Set((status.blocked ?? []).map(({ target, reason }) => `${describeTarget(target)} ${reason}`));
  const before_ = said(old);
  const blocked = (now.blocked ?? [])
    .filter(({ target, reason }) => !before_.has(`${describeTarget(target)} ${reason}`))
    .map(
      ({ target, reason, message }) =>
        `policy ${nameOf(policy)}: ${describeTarget(target)} is left alone, ${reason}: ${message}`,
    );
  return [...readiness(before, policy), ...episodes, ...blocked];
}

const STATES: Readonly<Record<Exclude<Episode['state'], 'Pending'>, (episode: Episode) => string>> = {
  Firing: ({ triggers }) =>
    `fires: ${triggers
      .filter(({ state }) => state === 'Firing')
      .map(({ name }) => name)
      .join(', ')}`,
  Resolved: () => 'is well again',
  Exhausted: () => 'is not healed: every step was tried, and a person has to look',
};

function readiness(before: KubeObject | undefined, policy: KubeObject): readonly string[] {
  const ready = (object: KubeObject | undefined) => statusOf(object).conditions?.find(({ type }) => type === 'Ready');
  const [old, now] = [ready(before), ready(policy)];
  if (now === undefined || (old?.status === now.status && old.reason === now.reason)) return [];
  // That a policy works is worth a line only when it did not before.
  if (now.status === 'True') return old === undefined ? [] : [`policy ${nameOf(policy)} is ready`];
  return [`policy ${nameOf(policy)} is not ready, ${now.reason}: ${now.message}`];
}

function actionNews(before: KubeObject | undefined, action: KubeObject): readonly string[] {
  const [old, now] = [before, action].map((object) => (object?.['status'] ?? {}) as ActionStatus);
  const { action: done, targetResource, dryRun } = action['spec'] as ActionSpec;
  if (before !== undefined && old?.phase === now?.phase && old?.reason === now?.reason) return [];
  const what = `${done.type} ${describeTarget(targetResource)}${dryRun ? ' (dry run)' : ''}`;
  const reason = now?.reason === undefined ? '' : `, ${now.reason}`;
  const message = now?.message === undefined ? '' : `: ${now.message}`;
  return [`action ${nameOf(action)} (${what}) is ${now?.phase ?? 'Pending'}${reason}${message}`];
}
