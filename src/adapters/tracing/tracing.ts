/** What a process that makes traces is given, and what it is made of. */
import type { TracingSettings } from '../../api/tracing-schema.ts';
import type { Logger, SpanSink } from '../../operator/ports.ts';
import type { Clock } from '../../std/clock.ts';

/** What became of spans. Each is a label of a metric. */
export type SpanOutcome = 'exported' | 'queueFull' | 'notTaken';

export interface Tracing extends SpanSink {
  /** Sends what waits; after two seconds it is given up. */
  close(): Promise<void>;
}

export interface TracingConfig {
  readonly settings: TracingSettings | undefined;
  /** Of the process, by the names that OpenTelemetry has for them. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly namespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onSpans: (outcome: SpanOutcome, count: number) => void;
}

export interface Receiver {
  readonly url: string;
  /** Asked for each batch. */
  readonly headers?: () => Promise<Record<string, string>>;
}
