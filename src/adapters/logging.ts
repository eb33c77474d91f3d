/** Structured logs: one JSON object a line, `time` in RFC 3339, `level` by name. */
import { pino } from 'pino';
import type { Logger } from '../operator/ports.ts';
import type { Clock } from '../std/clock.ts';
import { printable } from '../std/printable.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggingOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly destination: { write(line: string): unknown };
}

/** A chain of causes longer than this is a loop or noise. */
const MAX_CAUSES = 8;
/** Values under these names never reach a log, at the top level or one below. */
const SECRET_FIELDS = ['authorization', 'token', 'password', 'secret', 'apiKey'];

export function createLogger({ level, clock, destination }: LoggingOptions): Logger {
  const root = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    { write: (line: string) => void destination.write(printable(line)) },
  );
  return root;
}

/** Name, code and message along the chain of causes; no stacks, which are for debuggers. */
function describeError(thrown: unknown): unknown {
  const chain: unknown[] = [];
  let cause = thrown;
  while (cause instanceof Error && chain.length < MAX_CAUSES) {
    const code = 'code' in cause ? { code: cause.code } : {};
    chain.push({ name: cause.name, ...code, message: cause.message });
    cause = cause.cause;
  }
  return chain.length === 0
    ? String(thrown)
    : chain.length === 1
      ? chain[0]
      : { ...(chain[0] as object), causes: chain.slice(1) };
}
