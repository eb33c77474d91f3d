import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/kit/command-line.ts';
import type { OperatorSettings } from '../../api/operator-config.ts';
import { systemClock } from '../../std/clock.ts';
import { readConfig } from '../load-config.ts';
import { runConfigured } from './config-file.ts';

const file = testFolder();

/** Runs with a file; `rounds` has what each round was given, and `logs` what was said. */
function following(
  name: string,
  text: string,
  { flags = {}, later }: { readonly flags?: Readonly<Record<string, unknown>>; readonly later?: string } = {},
) {
  const path = file(name, text);
  const stop = new AbortController();
  const rounds: OperatorSettings[] = [];
  const logs: { readonly level: string; readonly message: string; readonly fields: unknown }[] = [];
  let looks = 0;
  const waiting: (() => void)[] = [];
  const told = () => waiting.splice(0).forEach((wake) => wake());
  const log = (level: string) => (fields: unknown, message: string) => {
    logs.push({ level, message, fields });
    told();
  };
  const logger = { info: log('info'), warn: log('warn'), error: log('error') };
  const ended = (async () => {
    const first = await readConfig(path, flags);
    if (later !== undefined) writeFileSync(path, later);
    const run = (settings: OperatorSettings, signal: AbortSignal): Promise<void> => {
      rounds.push(settings);
      told();
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    };
    const clock = {
      ...systemClock,
      after: (ms: number, signal?: AbortSignal) => {
        looks++;
        told();
        return systemClock.after(ms, signal);
      },
    };
    await runConfigured({ file: { path, flags, clock, logger, everyMs: 5 }, first }, run, stop.signal);
  })();
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return {
    rounds,
    logs,
    ended,
    until,
    looks: () => looks,
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

  it.each([
    ['has an alias that leads nowhere', 'maxConcurrent: *nope\n'],
    ['is no map', '- maxConcurrent: 3\n'],
    ['has a setting that is unknown', 'maxConcurent: 3\n'],
  ])('does not end the operator when it %s', async (_title, broken) => {
    const { rounds, logs, ended, until, stop, write } = following('e.yaml', 'maxConcurrent: 2\n');
    await until(() => rounds.length === 1);
    write(broken);
    await until(() => logs.length === 1);
    expect(logs[0]?.level).toBe('error');
    stop();
    await ended;
    expect(rounds).toHaveLength(1);
  });

  it('has its fault said again when it was right between', async () => {
    const { rounds, logs, ended, until, looks, stop, write } = following('f.yaml', 'maxConcurrent: 2\n');
    await until(() => rounds.length === 1);
    write('maxConcurrent: many\n');
    await until(() => logs.length === 1);
    write('maxConcurrent: 2\n');
    const before = looks();
    await until(() => looks() > before + 2);
    write('maxConcurrent: many\n');
    await until(() => logs.length === 2);
    expect(logs.map(({ level }) => level)).toEqual(['error', 'error']);
    stop();
    await ended;
  });

  it('is looked at before the operator begins, which may be long after the process did', async () => {
    const { rounds, ended, until, stop } = following('g.yaml', 'dryRun: false\n', { later: 'dryRun: true\n' });
    await until(() => rounds.length === 1);
    expect(rounds[0]?.dryRun).toBe(true);
    stop();
    await ended;
  });

  it('keeps that no decisions were recorded, which another setting would have brought along', async () => {
    const { rounds, ended, until, stop, write } = following('h.yaml', 'maxConcurrent: 2\n');
    await until(() => rounds.length === 1);
    write('maxConcurrent: 3\nrecordDecisions: /nowhere/decisions\n');
    await until(() => rounds.length === 2);
    expect(rounds[1]).toMatchObject({ maxConcurrent: 3 });
    expect(rounds[1]?.recordDecisions).toBeUndefined();
    expect(rounds[1]?.recording).toBeUndefined();
    stop();
    await ended;
  });

  it('keeps the folder of decisions that is open', async () => {
    const { rounds, ended, until, stop, write } = following('i.yaml', 'recordDecisions: /one\n');
    await until(() => rounds.length === 1);
    const before = rounds[0]?.recording;
    write('maxConcurrent: 3\nrecordDecisions: /two\n');
    await until(() => rounds.length === 2);
    expect(before).toBeDefined();
    expect(rounds[1]?.recording).toEqual(before);
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
    const { rounds, ended, until, stop, write } = following('d.yaml', 'maxConcurrent: 2\n', {
      flags: { dryRun: true },
    });
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
