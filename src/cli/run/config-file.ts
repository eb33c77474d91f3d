/**
 * The configuration file while the operator runs: when it changes the operator ends, with nothing in hand, and begins
 * anew with the new settings in the same process, as it would after a crash. The Lease is kept meanwhile. A file that
 * is broken changes nothing, and is said once.
 */
import type { OperatorSettings, OperatorSettingsFile } from '../../api/operator-config.ts';
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
  let current = first;
  for (;;) {
    const [changed, over] = [new AbortController(), new AbortController()];
    const next = nextSettings(file, current, AbortSignal.any([stop, over.signal])).then((read) => {
      if (read !== undefined) changed.abort(new Error('the configuration has changed'));
      return read;
    });
    try {
      await run(current.config, AbortSignal.any([stop, changed.signal]));
    } finally {
      over.abort(new Error('over'));
    }
    const read = await next;
    if (stop.aborted || read === undefined) return;
    current = read;
  }
}

/** Resolves when there are others that can be taken; undefined when the signal aborts first. */
async function nextSettings(file: ConfigFile, current: Read, signal: AbortSignal): Promise<Read | undefined> {
  const { path, flags, clock, logger, everyMs = EVERY_MS } = file;
  if (path === undefined) return undefined;
  let said = '';
  const once = (text: string, say: () => void): void => {
    if (text !== said) say();
    said = text;
  };
  while (!signal.aborted) {
    await clock.after(everyMs, signal).catch(() => undefined);
    if (signal.aborted) return undefined;
    try {
      const read = await readConfig(path, flags);
      const { taken, later } = changeBetween(current.file, read.file);
      if (later.length > 0)
        once(later.join(), () =>
          logger.warn({ settings: later }, 'these settings have changed, and count when the process begins anew'),
        );
      if (taken.length === 0) continue;
      logger.info({ settings: taken }, 'the configuration has changed; the operator begins anew with it');
      for (const note of read.notes) logger.warn({}, problemText(note, { path }));
      return {
        ...read,
        config: { ...read.config, ...kept(current.config) },
        file: { ...read.file, ...kept(current.file) },
      };
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      once(error.message, () =>
        logger.error(
          { error: error.message },
          'the configuration is not taken; the operator goes on with the one before',
        ),
      );
    }
  }
  return undefined;
}

/** What the process has opened or loaded stays as it is. */
function kept<T extends object>(settings: T): Partial<T> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => isLater(key))) as Partial<T>;
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
