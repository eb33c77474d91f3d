/** What one check of `kubeskippy check` has found. */
export interface CheckFinding {
  readonly check: string;
  /** `failed`: healing does not work as it should. `warning`: something is missing that a person may do without. */
  readonly state: 'ok' | 'warning' | 'failed';
  readonly message: string;
  /** What to do, in a sentence or as the rule to add. */
  readonly todo?: string;
}
