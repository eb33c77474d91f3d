#!/usr/bin/env node
/** The process: the only place that reads arguments, environment and signals. */
import { randomInt } from 'node:crypto';
import { demoVerb } from './cli/demo/verb.ts';
import { buildProgram, execute } from './cli/program.ts';
import { runVerb } from './cli/run-verb.ts';
import { systemClock } from './std/clock.ts';

const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(new Error(name)));

// A reader that went away (`| head`) ends the command as a signal would, without a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  stop.abort(error);
});

const environment = {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  signal: stop.signal,
  random: () => randomInt(2 ** 32) / 2 ** 32,
};
const verbs = [runVerb(async () => (await import('./cli/operator-process.ts')).operatorProcess), demoVerb];
// `exit`, not `exitCode`: a keep-alive connection must not hold the process after its work is done.
process.exit(await execute(buildProgram(environment, verbs), process.argv.slice(2), environment));
