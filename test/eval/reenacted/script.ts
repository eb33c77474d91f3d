import type { Fault } from '../fault-makers.ts';

/** A fault of public suites, re-enacted. */
export interface Script {
  /** Which names of their lists mean it. */
  readonly means: RegExp;
  readonly fault: Fault;
}

export const script = (means: RegExp, fault: Fault): Script => ({ means, fault });
