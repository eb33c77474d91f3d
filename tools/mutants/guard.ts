/** One guard, and the way to take it away. */

export interface Guard {
  readonly name: string;
  readonly file: string;
  /** The text of the guard, which stands once in the file. */
  readonly guard: string;
  /** What stands there without it. */
  readonly without: string;
  /** The test file that has to go red. */
  readonly test: string;
}
