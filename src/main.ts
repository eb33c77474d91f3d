#!/usr/bin/env node
/** The process: the only place that reads arguments, environment and signals. */
import { randomInt } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { flushed, isReaderGone, READER_GONE_STATUS } from './cli/output.ts';
import { buildProgram, execute } from './cli/program.ts';
import { systemClock } from './std/clock.ts';

const { stdout, stderr } = process;
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(new Error(name)));
// A reader that went away ends the command as a signal would, without a stack trace.
for (const stream of [stdout, stderr])
  stream.on('error', (error) => {
    if (!isReaderGone(error)) throw error;
    stop.abort(error);
  });

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: stderr });
  try {
    return await terminal.question(question, { signal: stop.signal });
  } finally {
    terminal.close();
  }
}

const environment = {
  env: process.env,
  stdout,
  stderr,
  ...(process.stdin.isTTY && { ask }),
  clock: systemClock,
  signal: stop.signal,
  random: () => randomInt(2 ** 32) / 2 ** 32,
};
const args = process.argv.slice(2);
const status = await execute(buildProgram(environment, args), args, environment);
await Promise.all([flushed(stdout), flushed(stderr)]);
// `exit`, not `exitCode`: neither a kept-alive connection nor an operator that did not stop in time may hold the
// process after its work is done. Nothing is lost by it, since the streams are flushed.
process.exit(isReaderGone(stop.signal.reason) ? READER_GONE_STATUS : status);
