/** A whole screen on a terminal, which leaves what stood there as it was. */
import type { CliEnvironment } from './environment.ts';

const ALTERNATE_SCREEN = '\u001b[?1049h\u001b[?25l';
const USUAL_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const TO_LINE_END = '\u001b[K';
const BELOW = '\u001b[J';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface TerminalScreen {
  /** As it is now: a person may change it at any time. */
  size(): ScreenSize;
  /** Rows that are no wider than the screen, and no more than it has. Each is painted over the one before. */
  paint(rows: readonly string[]): void;
  /** Brings back what stood there before. */
  close(): void;
}

/** Of a terminal that does not say. */
const USUAL: ScreenSize = { columns: 80, rows: 24 };

export function openScreen({ stdout }: Pick<CliEnvironment, 'stdout'>): TerminalScreen {
  stdout.write(ALTERNATE_SCREEN);
  return {
    size: () => ({ columns: stdout.columns ?? USUAL.columns, rows: stdout.rows ?? USUAL.rows }),
    paint: (rows) => void stdout.write(HOME + rows.map((row) => `${row}${TO_LINE_END}`).join('\n') + BELOW),
    close: () => void stdout.write(USUAL_SCREEN),
  };
}
