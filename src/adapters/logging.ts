/**
 * Structured logs: one JSON object a line, `time` in RFC 3339, `level` by name; or the same as a line for people, with
 * the sentence first.
 */
import pc from 'picocolors';
import { pino } from 'pino';
import type { Logger } from '../operator/ports.ts';
import type { Clock } from '../std/clock.ts';
import { printable, printableLine } from '../std/printable.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggingOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly destination: { write(line: string): unknown; readonly isTTY?: boolean };
  /** Default `auto`: `text` on a terminal, `json` elsewhere. */
  readonly format?: 'auto' | 'text' | 'json';
}

/** A chain of causes longer than this is a loop or noise. */
const MAX_CAUSES = 8;
/** Values under these names never reach a log, at the top level or one below. */
export const SECRET_FIELDS = ['authorization', 'token', 'password', 'secret', 'apiKey'];

export function createLogger({ level, clock, destination, format = 'auto' }: LoggingOptions): Logger {
  const terminal = destination.isTTY === true;
  const asText = format === 'text' || (format === 'auto' && terminal);
  const paint = pc.createColors(terminal);
  const root = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    { write: (line: string) => void destination.write(asText ? `${lineOf(line, paint)}\n` : printable(line)) },
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

type Colours = ReturnType<typeof pc.createColors>;

const PAINTS: Readonly<Record<string, keyof Pick<Colours, 'red' | 'yellow' | 'green' | 'dim'>>> = {
  error: 'red',
  warn: 'yellow',
  info: 'green',
  debug: 'dim',
};

/** `12:00:00 INFO  caches have synced; healing begins  policies=3`. Of the day the other lines tell. */
function lineOf(json: string, paint: Colours): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const word = String(level).toUpperCase().padEnd(5);
  const facts = Object.entries(fields).map(([name, value]) => `${name}=${factText(value)}`);
  const head = `${paint.dim(String(time).slice(11, 19))} ${paint[PAINTS[String(level)] ?? 'dim'](word)}`;
  const tail = facts.length === 0 ? '' : `  ${paint.dim(printableLine(facts.join(' ')))}`;
  return `${head} ${printableLine(typeof msg === 'string' ? msg : '')}${tail}`;
}

/** A value with spaces in quotes, so that one fact ends where the next begins. */
function factText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' && !/^[^\s"=]+$/.test(text) ? JSON.stringify(text) : text;
}
