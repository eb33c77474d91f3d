import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/kit/command-line.ts';
import type { OperatorSettings } from '../../api/operator-config.ts';
import { systemClock } from '../../std/clock.ts';
import { readConfig } from '../load-config.ts';
import { runConfigured } from './config-file.ts';

const file = testFolder();

/** Runs with a file; `rounds` has what each round was given, and `logs` what was said. */
function following(name: string, text: string, flags: Readonly<Record<string, unknown>> = {}) {
  const path = file(name, text);
  const stop = new AbortController();
  const rounds: OperatorSettings[] = [];
  const logs: { readonly level: string; readonly message: string; readonly fields: unknown }[] = [];
  const waiting: (() => void)[] = [];
  const told = () => waiting.splice(0).forEach((wake) => wake());
  const log = (level: string) => (fields: unknown, message: string) => {
    logs.push({ level, message, fields });
    told();
  };
  const logger = { info: log('info'), warn: log('warn'), error: log('error') };
  const ended = (async () => {
    const first = await readConfig(path, flags);
    const run = (settings: OperatorSettings, signal: AbortSignal): Promise<void> => {
      rounds.push(settings);
      told();
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    };
    await runConfigured({ file: { path, flags, clock: systemClock, logger, everyMs: 5 }, first }, run, stop.signal);
  })();
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return {
    rounds,
    logs,
    ended,
    until,
    stop: () => stop.abort(new Error('SIGTERM')),
    write: (now: string) => writeFileSync(path, now),
  };
}

describe('a configuration file that changes', () => {
  it('has the operator begin anew, and a signal ends it', async () => {
    const { rounds, logs, ended, until, stop, write } = following('a.yaml', 'maxConcurrent: 2\n');
    await until(() => rounds.length === 1);
    write('maxConcurrent: 3\ndryRun: true\n');
    await until(() => rounds.length === 2);
    expect(rounds.map(({ maxConcurrent, dryRun }) => [maxConcurrent, dryRun])).toEqual([
      [2, false],
      [3, true],
    ]);
    expect(logs.map(({ fields }) => fields)).toEqual([{ settings: ['dryRun', 'maxConcurrent'] }]);
    stop();
    await ended;
  });

  it('is not taken while it is broken, which is said once', async () => {
    const { rounds, logs, ended, until, stop, write } = following('b.yaml', 'maxConcurrent: 2\n');
    await until(() => rounds.length === 1);
    write('maxConcurrent: many\n');
    await until(() => logs.length === 1);
    write('maxConcurrent: many\n\n');
    write('maxConcurrent: 4\n');
    await until(() => rounds.length === 2);
    expect(logs.map(({ level }) => level)).toEqual(['error', 'info']);
    expect(rounds[1]?.maxConcurrent).toBe(4);
    stop();
    await ended;
  });

  it('keeps what the process has opened, and says so', async () => {
    const { rounds, logs, ended, until, stop, write } = following('c.yaml', 'metricsBindAddress: ":1"\n');
    await until(() => rounds.length === 1);
    write('metricsBindAddress: ":2"\n');
    await until(() => logs.length === 1);
    expect(logs[0]).toMatchObject({ level: 'warn', fields: { settings: ['metricsBindAddress'] } });
    write('metricsBindAddress: ":2"\nmaxConcurrent: 9\n');
    await until(() => rounds.length === 2);
    expect(rounds[1]).toMatchObject({ metricsBindAddress: ':1', maxConcurrent: 9 });
    stop();
    await ended;
  });

  it('does not win over a flag', async () => {
    const { rounds, ended, until, stop, write } = following('d.yaml', 'maxConcurrent: 2\n', { dryRun: true });
    await until(() => rounds.length === 1);
    write('maxConcurrent: 3\ndryRun: false\n');
    await until(() => rounds.length === 2);
    expect(rounds[1]).toMatchObject({ maxConcurrent: 3, dryRun: true });
    stop();
    await ended;
  });

  it('ends when the operator does', async () => {
    const first = await readConfig(undefined, {});
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const none = { path: undefined, flags: {}, clock: systemClock, logger };
    await runConfigured({ file: none, first }, () => Promise.resolve(), new AbortController().signal);
    await expect(
      runConfigured({ file: none, first }, () => Promise.reject(new Error('no way on')), new AbortController().signal),
    ).rejects.toThrow('no way on');
  });
});
