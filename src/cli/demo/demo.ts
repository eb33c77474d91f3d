/**
 * `kubeskippy demo`: the embedded cluster and the operator in one process, a few broken workloads, and what becomes of
 * them.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { AuditFile } from '../../adapters/audit/audit-file.ts';
import { createLogger } from '../../adapters/logging.ts';
import { metricsProvider } from '../../adapters/metrics/provider.ts';
import { KubeClient } from '../../kube/client.ts';
import { runOperator } from '../../operator/operator.ts';
import { DEFAULT_AUDIT, DEFAULT_RECORDING } from '../../api/kept-files.ts';
import { DEFAULT_OPERATOR_CONFIG } from '../../operator/ports.ts';
import { createSandbox, type Sandbox } from '../../sandbox/index.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { given } from '../../std/given.ts';
import { PLAIN_WIDTH, sentenceWidth, widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import type { CliEnvironment } from '../environment.ts';
import { openDecisionFiles } from '../recording.ts';
import { kubeconfigText } from '../sandbox/sandbox.ts';
import { openScreen, type TerminalScreen } from '../terminal.ts';
import { begin, type News, observe, type Progress } from './observe.ts';
import { playClock } from './play-clock.ts';
import { SCENARIOS } from './scenarios.ts';
import { apply, examplesFolder, installDefinitions, look, readExample } from './stage.ts';
import { frame, newsLines, type Paint, PLAIN, resultOf, summary, table } from './view.ts';

export interface DemoCommand {
  readonly once?: boolean;
  readonly output: 'text' | 'json';
  readonly speed: number;
  /** Folder for what the operator's decisions were made from. */
  readonly recordDecisions?: string;
}

/** On the real clock: how often the cluster is looked at, smooth for the eye and little work for the machine. */
const FRAME_MS = 150;
/** On the real clock. The demo promises to be over in a minute; starting and stopping take a few seconds of it. */
const LIMIT_MS = 50_000;
/** Starting and stopping, on a busy machine. */
const AROUND_MS = 10_000;
/** On the cluster's clock: what has ended well must stay so for this long. */
const STAYS_MS = 15_000;

const USERS = new Map([['kubeskippy-demo', { name: 'kubeskippy-demo', groups: ['system:masters'] }]]);
const COLOURS: Paint = { good: pc.green, bad: pc.red, busy: pc.yellow, faint: pc.dim };
/** Without a terminal nothing scrolls away: more of each news fits. */
const LINES_PER_NEWS = 4;

interface Files {
  readonly kubeconfig: string;
  readonly audit: string;
  readonly log: string;
  readonly decisions?: string;
}

interface Play {
  readonly clock: Clock;
  readonly client: KubeClient;
  readonly speed: number;
  readonly files: Files;
  readonly startedAt: Instant;
}

interface Ending {
  readonly progress: readonly Progress[];
  readonly watched: { readonly startedAt: Instant; readonly now: Instant };
}

export async function runDemo(command: DemoCommand, environment: CliEnvironment): Promise<void> {
  const { stdout, stderr, signal } = environment;
  const origin = environment.clock.monotonic();
  const { clock, over } = playClock(environment.clock, { speed: command.speed, limitMs: LIMIT_MS + AROUND_MS });
  const prng = new Prng(Math.floor(environment.random() * 2 ** 32));
  const live = command.output === 'text' && stdout.isTTY === true;
  const show = command.output === 'json' ? SILENT : live ? liveShow(environment) : lineShow(environment);
  const sandbox = createSandbox({ clock, prng });
  try {
    show.starts(`a cluster, and ${SCENARIOS.length} workloads that break`);
    const files = { ...(await filesOf(sandbox)), ...given({ decisions: command.recordDecisions }) };
    const client = new KubeClient({ transport: sandbox.transport(), clock, fieldManager: 'kubeskippy-demo' });
    await installDefinitions(client);
    const folder = examplesFolder(import.meta.dirname);
    for (const scenario of SCENARIOS) await apply(client, await readExample(folder, scenario));
    const play = { clock, client, speed: command.speed, files, startedAt: clock.now() };
    const ending = await withOperator({ sandbox, play, prng, random: environment.random, signal }, () =>
      watch(play, environment, show),
    );
    over();
    const elapsedSeconds = Math.round((environment.clock.monotonic() - origin) / 100) / 10;
    if (command.output === 'json') {
      const scenarios = ending.progress.map((one) => resultOf(one, ending.watched));
      stdout.write(`${JSON.stringify({ scenarios, elapsedSeconds }, null, 2)}\n`);
    } else {
      show.ends(play, ending);
      stdout.write(`Took ${elapsedSeconds} s.\n\n${written(files)}\n`);
    }
    const failed = ending.progress
      .filter(({ outcome, scenario }) => outcome !== scenario.expected)
      .map(({ scenario }) => scenario.name);
    if (failed.length > 0)
      throw new CliError(`did not end as expected: ${failed.join(', ')}; the operator's log is ${files.log}`);
    if (live && command.once !== true) {
      stderr.write('The cluster stays for kubectl until Ctrl-C.\n');
      await aborted(signal);
    }
  } finally {
    show.close();
    await sandbox.close();
  }
}

const written = ({ log, audit, decisions }: Files): string =>
  [
    `operator's log  ${log}`,
    `audit trail     ${audit}`,
    ...(decisions === undefined ? [] : [`decisions       ${decisions} (kubeskippy replay FILE)`]),
  ].join('\n');

async function filesOf(sandbox: Sandbox): Promise<Files> {
  const http = await sandbox.serve({ port: 0 });
  const folder = await mkdtemp(join(tmpdir(), 'kubeskippy-demo-'));
  const files = {
    kubeconfig: join(folder, 'kubeconfig'),
    audit: join(folder, 'audit.jsonl'),
    log: join(folder, 'operator.log'),
  };
  await writeFile(files.kubeconfig, kubeconfigText(http.url, USERS), { mode: 0o600 });
  return files;
}

/**
 * Runs the operator beside `body`, as `kubeskippy run` would, and stops it after. An operator that ends early ends the
 * demo.
 */
async function withOperator<T>(
  set: {
    readonly sandbox: Sandbox;
    readonly play: Play;
    readonly prng: Prng;
    readonly random: () => number;
    readonly signal: AbortSignal;
  },
  body: () => Promise<T>,
): Promise<T> {
  const { clock, files } = set.play;
  const log = openSync(files.log, 'a');
  const logger = createLogger({ level: 'info', clock, destination: { write: (line) => writeSync(log, line) } });
  const recorder =
    files.decisions === undefined ? undefined : await openDecisionFiles({ ...recordingIn(files.decisions), logger });
  const audit = new AuditFile({
    ...DEFAULT_AUDIT,
    path: files.audit,
    clock,
    onRepair: (message) => logger.warn({}, message),
  });
  const stop = new AbortController();
  const transport = set.sandbox.transport();
  const metrics = metricsProvider();
  const operator = runOperator(
    { clock, transport, audit, metrics, logger, prng: set.prng, secureRandom: set.random, ...given({ recorder }) },
    DEFAULT_OPERATOR_CONFIG,
    stop.signal,
  );
  try {
    return await Promise.race([
      body(),
      operator.then(() => {
        throw new CliError(`the operator ended; its log is ${files.log}`);
      }),
    ]);
  } finally {
    stop.abort(new Error('the demo is over'));
    await operator;
    await recorder?.drain();
    audit.close();
    closeSync(log);
  }
}

const recordingIn = (directory: string) => ({
  ...DEFAULT_RECORDING,
  directory,
  // The log has what was lost.
  onRecorded: () => undefined,
  onLost: () => undefined,
});

/** What people see of a play. */
interface Show {
  /** Before the first look. */
  starts(what: string): void;
  tell(play: Play, progress: readonly Progress[], news: readonly News[]): void;
  /** The story, where it was not told line by line, and how it ended. */
  ends(play: Play, ending: Ending): void;
  /** Idempotent: a play that is broken off leaves the terminal as it was, too. */
  close(): void;
}

const nothing = (): void => undefined;
const SILENT: Show = { starts: nothing, tell: nothing, ends: nothing, close: nothing };

/** The whole screen while it plays; what is left of it afterwards is the story, once. */
function liveShow(environment: CliEnvironment): Show {
  const { stdout } = environment;
  const all: News[] = [];
  let screen: TerminalScreen | undefined = openScreen(environment);
  const close = (): void => {
    screen?.close();
    screen = undefined;
  };
  return {
    starts: (what) => screen?.paint([`KubeSkippy starts ${what} …`]),
    tell: (play, progress, news) => {
      all.push(...news);
      const { startedAt, speed, clock, files } = play;
      const shown = { startedAt, now: clock.now(), speed, kubeconfig: files.kubeconfig, progress, news: all };
      if (screen !== undefined) screen.paint(frame(shown, screen.size(), COLOURS));
    },
    ends: ({ startedAt, files }, ending) => {
      close();
      const columns = sentenceWidth(widthOf(environment));
      const told = { startedAt, lines: LINES_PER_NEWS, columns };
      const lines = [
        ...all.flatMap((one) => newsLines(one, told, COLOURS)),
        ...endLines(ending, { columns, paint: COLOURS }),
        `kubeconfig      ${files.kubeconfig}`,
      ];
      stdout.write(`${lines.join('\n')}\n`);
    },
    close,
  };
}

function lineShow({ stdout }: CliEnvironment): Show {
  let begun = false;
  return {
    starts: (what) => void stdout.write(`KubeSkippy starts ${what} ...\n`),
    tell: (play, _progress, news) => {
      if (!begun)
        stdout.write(
          `KubeSkippy on an embedded cluster; its clock runs ${play.speed} times as fast as the real one.\nkubeconfig ${play.files.kubeconfig}\n\n`,
        );
      begun = true;
      const told = { startedAt: play.startedAt, lines: LINES_PER_NEWS, columns: PLAIN_WIDTH };
      for (const one of news) stdout.write(`${newsLines(one, told, PLAIN).join('\n')}\n`);
    },
    ends: (_play, ending) =>
      void stdout.write(`${endLines(ending, { columns: PLAIN_WIDTH, paint: PLAIN }).join('\n')}\n`),
    close: nothing,
  };
}

const endLines = (
  { progress, watched }: Ending,
  { columns, paint }: { readonly columns: number; readonly paint: Paint },
): readonly string[] => [
  '',
  ...table(progress, columns, paint),
  '',
  ...summary(progress, { ...watched, columns }, paint),
];

/** Looks until all has ended as expected and stayed so, or time is up. */
async function watch(play: Play, { clock: real, signal }: CliEnvironment, show: Show): Promise<Ending> {
  const { clock, client, startedAt } = play;
  const deadline = real.monotonic() + LIMIT_MS;
  let progress: readonly Progress[] = SCENARIOS.map((scenario) => begin(scenario, startedAt));
  for (;;) {
    const seen = await look(client, SCENARIOS);
    const next = progress.map((one, index) => {
      const now = seen[index];
      return now === undefined ? { progress: one, news: [] } : observe(one, now);
    });
    progress = next.map((one) => one.progress);
    show.tell(
      play,
      progress,
      next.flatMap(({ news }) => news).toSorted((a, b) => a.at - b.at),
    );
    const now = clock.now();
    const over = progress.every(
      ({ outcome, outcomeAt, scenario }) => outcome === scenario.expected && now - outcomeAt >= STAYS_MS,
    );
    if (over || real.monotonic() >= deadline) return { progress, watched: { startedAt, now } };
    await real.until(real.now() + FRAME_MS, signal).catch((cause: unknown) => {
      throw new CliError('interrupted', { exitCode: 130, cause });
    });
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
