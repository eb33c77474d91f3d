/** A policy test after it was read and checked: times in milliseconds, everything by its place in the file. */
import type { OperatorSettings } from '../../api/operator-config.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Place } from '../yaml-places.ts';
import type { TestSeries } from './series.ts';
import type { Expectation, Step, TIMES } from './test-schema.ts';

export interface TestProblem extends Place {
  readonly message: string;
}

export type TimeWord = (typeof TIMES)[number];

export interface CompiledExpectation {
  readonly spec: Expectation;
  readonly when: TimeWord;
  /** Milliseconds from the start. */
  readonly time: number;
  readonly place: Place;
}

export interface CompiledStep {
  readonly spec: Step;
  readonly at: number;
}

export interface CompiledTest {
  readonly name: string;
  readonly place: Place;
  readonly nodes: number;
  readonly controllers: 'on' | 'off';
  readonly settings: OperatorSettings;
  readonly objects: readonly KubeObject[];
  readonly series: readonly TestSeries[];
  readonly intervalMs: number;
  /** In order of time. */
  readonly steps: readonly CompiledStep[];
  readonly expectations: readonly CompiledExpectation[];
  readonly otherActions: 'refused' | 'allowed';
  /** The last moment that any expectation or step speaks of. */
  readonly endsAt: number;
}

export interface TestFile {
  readonly plugins: readonly string[];
  readonly tests: readonly CompiledTest[];
}
