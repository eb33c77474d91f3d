/** What the process hands to a command: nothing in here is read ambiently. */
import type { Clock } from '../std/clock.ts';

export interface CliEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `isTTY`: somebody looks on. `columns` and `rows`: of the terminal. */
  readonly stdout: {
    write(text: string): unknown;
    readonly isTTY?: boolean;
    readonly columns?: number | undefined;
    readonly rows?: number | undefined;
  };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Asks whoever sits at the terminal, and answers what was typed. Absent: nobody does. */
  readonly ask?: (question: string) => Promise<string>;
  readonly clock: Clock;
  /** Aborted by SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
  /** In [0, 1). */
  readonly random: () => number;
}
