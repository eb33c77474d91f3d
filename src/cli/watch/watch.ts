/**
 * `kubeskippy watch`: episodes and actions as they happen. On a terminal the whole screen is theirs; elsewhere each
 * thing that happens is a line.
 */
import { HEALING_ACTION, HEALING_POLICY, type KindNames } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import { CacheSet } from '../../kube/cache-set.ts';
import { isKubeError } from '../../kube/errors.ts';
import { EVERYTHING } from '../../kube/projection.ts';
import type { ResourceType } from '../../kube/resource.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { Prng } from '../../std/prng.ts';
import { printable, printableLine } from '../../std/printable.ts';
import { toTimestamp } from '../../std/clock.ts';
import { clusterClient } from '../cluster-client.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf, resourceOf } from '../healing-objects.ts';
import { openScreen, type TerminalScreen } from '../terminal.ts';
import { glanceAt } from '../status/glance.ts';
import { operatorSeen } from '../status/operator-seen.ts';
import { EMPTY, type Look, newsBetween } from './news.ts';
import { type NewsLine, screenRows } from './screen.ts';

export interface WatchOptions extends ConnectOptions {
  /** Omitted: all namespaces. */
  readonly namespace?: string | undefined;
  readonly operatorNamespace: string;
  readonly output: 'auto' | 'text' | 'json';
}

/** As often as a person can follow, and as seldom as a cluster with thousands of policies likes to be summed up. */
const LOOK_EVERY_MS = 500;
/** The screen shows ages, which pass by themselves. */
const PAINT_EVERY_MS = 1000;
/** The Lease is renewed every few seconds; it is read, not watched, since a right to watch one by its name is rare. */
const LEASE_EVERY_MS = 5000;
/** The longest screen has fewer. */
const MOST_NEWS = 200;

const typeOf = (kind: KindNames): ResourceType => ({
  ...resourceOf(kind),
  kind: kind.kind,
  verbs: ['get', 'list', 'watch'],
  subresources: ['status'],
  shortNames: [kind.shortName],
});

/** `stdout` is not made printable here: a screen is painted on it. */
export async function watch(options: WatchOptions, environment: CliEnvironment): Promise<void> {
  const { stdout, signal, clock, random } = environment;
  const { namespace } = options;
  const { client, serverClock } = await clusterClient(options, environment);
  // What is missing is one line now, and no watch that is tried again and again.
  for (const kind of [HEALING_POLICY, HEALING_ACTION]) await listOf({ client, signal }, kind, namespace);
  const caches = new CacheSet({ client, prng: new Prng(Math.floor(random() * 2 ** 32)) });
  const [policies, actions] = [HEALING_POLICY, HEALING_ACTION].map(
    (kind) => caches.acquire({ type: typeOf(kind), projection: EVERYTHING, namespace }).cache,
  );
  if (policies === undefined || actions === undefined) return;
  const paints = options.output === 'auto' && stdout.isTTY === true;
  const news: NewsLine[] = [];
  let before: Look = EMPTY;
  let operator = await operatorSeen({ client, signal }, options.operatorNamespace);
  let [readAt, paintedAt] = [clock.monotonic(), Number.NEGATIVE_INFINITY];
  const begun = toTimestamp(serverClock.now());
  let screen: TerminalScreen | undefined;
  try {
    await caches.synced(signal);
    screen = paints ? openScreen(environment) : undefined;
    while (!signal.aborted) {
      const now = { policies: byUid(policies.values()), actions: byUid(actions.values()) };
      const at = toTimestamp(serverClock.now());
      // What has ended before is history.
      const said = newsBetween(before, before === EMPTY ? { ...now, actions: since(now.actions, begun) } : now);
      before = now;
      const lines = said.map((text) => ({ at: at.slice(11, 19), text: printableLine(text) }));
      news.push(...lines);
      news.splice(0, news.length - MOST_NEWS);
      if (screen === undefined) for (const line of lines) stdout.write(lineText(line, { at, output: options.output }));
      if (clock.monotonic() - readAt >= LEASE_EVERY_MS) {
        operator = await operatorSeen({ client, signal }, options.operatorNamespace);
        readAt = clock.monotonic();
      }
      if (screen !== undefined && (lines.length > 0 || clock.monotonic() - paintedAt >= PAINT_EVERY_MS)) {
        paintedAt = clock.monotonic();
        const parsed = [...now.actions.values()].flatMap((object) => parseAction(object).action ?? []);
        const glance = glanceAt({ operator, policies: [...now.policies.values()], actions: parsed }, serverClock.now());
        screen.paint(screenRows(glance, news, screen.size()).map(printable));
      }
      await clock.after(LOOK_EVERY_MS, signal);
    }
  } catch (error) {
    // Ctrl-C is how it ends.
    if (!signal.aborted || (error !== signal.reason && !isKubeError(error, 'Aborted'))) throw error;
  } finally {
    screen?.close();
    await caches.stop();
  }
}

const lineText = (
  { at, text }: NewsLine,
  form: { readonly at: string; readonly output: WatchOptions['output'] },
): string => (form.output === 'json' ? `${JSON.stringify({ at: form.at, text })}\n` : `${at}  ${text}\n`);

const byUid = (objects: Iterable<KubeObject>): ReadonlyMap<string, KubeObject> =>
  new Map([...objects].map((object) => [object.metadata.uid ?? '', object]));

const since = (actions: ReadonlyMap<string, KubeObject>, begun: string): ReadonlyMap<string, KubeObject> =>
  new Map(
    [...actions].filter(([, action]) => {
      const { completionTime } = (action['status'] ?? {}) as { readonly completionTime?: string };
      return completionTime === undefined || completionTime >= begun;
    }),
  );
