/**
 * The configuration file while the operator runs: when it changes the operator ends, with nothing in hand, and begins
 * anew with the new settings in the same process, as it would after a crash. The Lease is kept meanwhile. A file that
 * is broken changes nothing, and is said once.
 */
import { compileSettings, type OperatorSettings, type OperatorSettingsFile } from '../../api/operator-config.ts';
import { RESTART_KEYS } from '../../api/restart-keys.ts';
import type { Logger } from '../../operator/ports.ts';
import type { Clock } from '../../std/clock.ts';
import { CliError } from '../cli-error.ts';
import { problemText, readConfig } from '../load-config.ts';

type Read = Awaited<ReturnType<typeof readConfig>>;

export interface ConfigFile {
  /** Omitted: there is no file, and nothing changes. */
  readonly path: string | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Default 5 s: a kubelet brings a changed ConfigMap within a minute. */
  readonly everyMs?: number;
}

const EVERY_MS = 5000;

/** Runs with the settings of the file, and again with those that come later, until `stop`. */
export async function runConfigured(
  { file, first }: { readonly file: ConfigFile; readonly first: Read },
  run: (settings: OperatorSettings, signal: AbortSignal) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const look = lookAt(file);
  // A candidate may have waited for the Lease for days.
  let current = (await look(first)) ?? first;
  for (;;) {
    const [changed, over] = [new AbortController(), new AbortController()];
    const next = nextSettings({ file, look, current }, AbortSignal.any([stop, over.signal])).then(
      (read) => {
        if (read !== undefined) changed.abort(new Error('the configuration has changed'));
        return read;
      },
      (error: unknown) => {
        changed.abort(error);
        throw error;
      },
    );
    const running = run(current.config, AbortSignal.any([stop, changed.signal])).finally(() =>
      over.abort(new Error('over')),
    );
    const [ended, read] = await Promise.allSettled([running, next]);
    if (ended.status === 'rejected') throw ended.reason;
    if (read.status === 'rejected') throw read.reason;
    if (stop.aborted || read.value === undefined) return;
    current = read.value;
  }
}

/** Settings that can be taken instead of the current ones; undefined while there are none. */
type Look = (current: Read) => Promise<Read | undefined>;

/** Resolves when there are others that can be taken; undefined when the signal aborts first. */
async function nextSettings(
  { file, look, current }: { readonly file: ConfigFile; readonly look: Look; readonly current: Read },
  signal: AbortSignal,
): Promise<Read | undefined> {
  const { path, clock, everyMs = EVERY_MS } = file;
  if (path === undefined) return undefined;
  while (!signal.aborted) {
    await clock.after(everyMs, signal).catch(() => undefined);
    if (signal.aborted) return undefined;
    const read = await look(current);
    if (read !== undefined) return read;
  }
  return undefined;
}

function lookAt({ path, flags, logger }: ConfigFile): Look {
  let said = '';
  const once = (text: string, say: () => void): void => {
    if (text !== said) say();
    said = text;
  };
  return async (current) => {
    if (path === undefined) return undefined;
    try {
      const read = await readConfig(path, flags);
      const { taken, later } = changeBetween(current.file, read.file);
      once(later.join(), () => {
        if (later.length > 0)
          logger.warn({ settings: later }, 'these settings have changed, and count when the process begins anew');
      });
      if (taken.length === 0) return undefined;
      logger.info({ settings: taken }, 'the configuration has changed; the operator begins anew with it');
      for (const note of read.notes) logger.warn({}, problemText(note, { path }));
      const settings = withKept(read.file, current.file);
      return { ...read, config: compileSettings(settings), file: settings };
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      once(error.message, () =>
        logger.error(
          { error: error.message },
          'the configuration is not taken; the operator goes on with the one before',
        ),
      );
      return undefined;
    }
  };
}

/** What the process has opened or loaded stays as it is, also where it has opened nothing. */
function withKept(now: OperatorSettingsFile, before: OperatorSettingsFile): OperatorSettingsFile {
  const entries = (of: OperatorSettingsFile) => Object.entries(of);
  return Object.fromEntries([
    ...entries(now).filter(([key]) => !isLater(key)),
    ...entries(before).filter(([key]) => isLater(key)),
  ]) as OperatorSettingsFile;
}

const isLater = (key: string): boolean => RESTART_KEYS.some((name) => name === key);

/** Keys that differ, by whether the operator can take them while its process runs. */
export function changeBetween(
  before: OperatorSettingsFile,
  after: OperatorSettingsFile,
): { readonly taken: readonly string[]; readonly later: readonly string[] } {
  const [old, now]: readonly Readonly<Record<string, unknown>>[] = [before, after];
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => JSON.stringify(old?.[key]) !== JSON.stringify(now?.[key]),
  );
  return { taken: changed.filter((key) => !isLater(key)), later: changed.filter(isLater) };
}
