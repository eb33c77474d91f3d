/** Prints the table of the matrix when its files have been played, in whichever order and on whichever processor. */
import type { Reporter, TestModule } from 'vitest/node';

export const WAYS = ['succeeds', 'fails once', 'never helps', 'replaced', 'crash'] as const;
export type WayName = (typeof WAYS)[number];

export interface Cell {
  readonly row: string;
  /** Of the row in the table. */
  readonly place: number;
  readonly way: WayName;
  readonly text: string;
  readonly crashes: number;
}

declare module 'vitest' {
  interface TaskMeta {
    /** Of a test of the matrix. */
    cell?: Cell;
  }
}

export class MatrixTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = modules.flatMap(({ children }) => [...children.allTests()].flatMap((test) => test.meta().cell ?? []));
    if (cells.length > 0) console.log(tableOf(cells));
  }
}

export function tableOf(cells: readonly Cell[]): string {
  const rows = new Map(
    cells.toSorted((a, b) => a.place - b.place).map(({ row }) => [row, cells.filter((cell) => cell.row === row)]),
  );
  // `?`: crashes after which nobody can tell whether the call arrived; the action says so and is not repeated.
  const line = (first: string, rest: readonly string[]) =>
    `${first.padEnd(30)}${rest.map((text) => text.padEnd(15)).join('')}`.trimEnd();
  const body = [...rows].map(([row, its]) =>
    line(
      row,
      WAYS.map((way) => its.find((cell) => cell.way === way)?.text ?? 'not played'),
    ),
  );
  const crashes = cells.reduce((sum, cell) => sum + cell.crashes, 0);
  return [line('', WAYS), ...body, `${rows.size} rows × ${WAYS.length} ways, ${crashes} crashes`].join('\n');
}
