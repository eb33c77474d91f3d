/** Whether the audit trail can be written: while it can't, nothing acts (I30), and every policy says so. */
import type { AuditEntry, AuditSink } from './ports.ts';

export class AuditHealth implements AuditSink {
  readonly #sink: AuditSink;
  readonly #onChange: () => void;
  #last: string | undefined;

  /** `onChange`: the trail can no longer be written, or can be again. */
  constructor(sink: AuditSink, onChange: () => void) {
    this.#sink = sink;
    this.#onChange = onChange;
  }

  async record(entry: AuditEntry): Promise<void> {
    try {
      await this.#sink.record(entry);
    } catch (error) {
      this.#is(error instanceof Error ? error.message : String(error));
      throw error;
    }
    this.#is(undefined);
  }

  /** Why nothing can be recorded. A sink that cannot tell without a record is asked to take the next one. */
  problem(): string | undefined {
    this.#is(this.#sink.problem?.());
    return this.#last;
  }

  #is(problem: string | undefined): void {
    const changed = (problem === undefined) !== (this.#last === undefined);
    this.#last = problem;
    if (changed) this.#onChange();
  }
}
