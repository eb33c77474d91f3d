/** Whether the audit trail can be written: while it can't, nothing acts (I30), and every policy says so. */
import type { Clock, Instant } from '../std/clock.ts';
import type { AuditEntry, AuditSink } from './ports.ts';

/** A sink that only a record can try is tried this often: each try uses up an attempt of an action. */
const RETRY_MS = 10_000;

export interface AuditHealthConfig {
  readonly sink: AuditSink;
  readonly clock: Pick<Clock, 'now'>;
  /** The trail can no longer be written, or can be again. */
  readonly onChange: () => void;
}

export class AuditHealth implements AuditSink {
  readonly #config: AuditHealthConfig;
  #failed: { readonly problem: string; readonly at: Instant } | undefined;

  constructor(config: AuditHealthConfig) {
    this.#config = config;
  }

  async record(entry: AuditEntry): Promise<void> {
    try {
      await this.#config.sink.record(entry);
    } catch (error) {
      this.#is(error instanceof Error ? error.message : String(error));
      throw error;
    }
    this.#is(undefined);
  }

  /** Why no action begins. A sink that cannot tell without a record is given one after a while. */
  problem(): string | undefined {
    const { sink, clock } = this.#config;
    if (sink.problem !== undefined) this.#is(sink.problem());
    else if (this.#failed !== undefined && clock.now() >= this.#failed.at + RETRY_MS) return undefined;
    return this.#failed?.problem;
  }

  /** Why the last record could not be written, until one is. */
  failure(): string | undefined {
    return this.problem() ?? this.#failed?.problem;
  }

  #is(problem: string | undefined): void {
    const { clock, onChange } = this.#config;
    const changed = (problem === undefined) !== (this.#failed === undefined);
    this.#failed = problem === undefined ? undefined : { problem, at: clock.now() };
    if (changed) onChange();
  }
}
