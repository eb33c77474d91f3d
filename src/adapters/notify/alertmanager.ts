/**
 * Alertmanager: alerts of an object are silent while it is healed. The silence ends by itself, and at once when the
 * healing ends. Its matchers are the labels that kube-state-metrics gives the object's series.
 * https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
import { cut, json, type Messenger, type Named, threadOf, toldIn } from './told.ts';

/** As long as health is looked for after most actions, and their rollout. */
const DEFAULT_SILENCE_MS = 600_000;

/** What people see of a silence is a line. */
const MAX_COMMENT = 1000;

const LABEL_OF_KIND: Readonly<Record<string, string>> = {
  Pod: 'pod',
  Deployment: 'deployment',
  ReplicaSet: 'replicaset',
  StatefulSet: 'statefulset',
  DaemonSet: 'daemonset',
  Job: 'job_name',
  CronJob: 'cronjob',
  Node: 'node',
  PersistentVolumeClaim: 'persistentvolumeclaim',
  HorizontalPodAutoscaler: 'horizontalpodautoscaler',
};

export const alertmanager: Messenger = async (body, wire) => {
  const told = toldIn(body, wire.settings);
  const key = threadOf(told);
  const known = wire.memory.get(key);
  const nothing = { kind: 'answered', status: 200 } as const;
  if (told.reason === 'HealingStarted') {
    const matchers = told.object === undefined ? undefined : matchersOf(told.object);
    // A kind without series of its own has no alerts that could be told from those of others.
    if (matchers === undefined) return nothing;
    const now = wire.now();
    const silence = {
      ...(known !== undefined && { id: known.name }),
      matchers,
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + (wire.settings.silenceForMs ?? DEFAULT_SILENCE_MS)).toISOString(),
      createdBy: 'kubeskippy',
      comment: cut(told.text, MAX_COMMENT),
    };
    const { answer, value } = await wire.send({ method: 'POST', path: '/api/v2/silences', ...json(silence) });
    const { silenceID } = (value ?? {}) as { readonly silenceID?: unknown };
    if (typeof silenceID === 'string') wire.memory.set(key, { name: silenceID, title: key, at: now, isOver: false });
    return answer;
  }
  if (!ENDS.has(told.reason) || known === undefined) return nothing;
  const path = `/api/v2/silence/${encodeURIComponent(known.name)}`;
  const { answer } = await wire.send({ method: 'DELETE', path });
  const isOver = answer.kind === 'answered' && (answer.status < 300 || answer.status === 404);
  if (!isOver) return answer;
  wire.memory.delete(key);
  return nothing;
};

/** Of an action; the trigger may resolve long before its health is proved. */
const ENDS: ReadonlySet<string> = new Set(['HealingSucceeded', 'HealingFailed', 'HealingCancelled', 'UndoFailed']);

function matchersOf({ kind, namespace, name }: Named): readonly object[] | undefined {
  const label = LABEL_OF_KIND[kind];
  if (label === undefined) return undefined;
  const equal = (of: string, value: string): object => ({ name: of, value, isRegex: false, isEqual: true });
  return [...(namespace === undefined ? [] : [equal('namespace', namespace)]), equal(label, name)];
}
