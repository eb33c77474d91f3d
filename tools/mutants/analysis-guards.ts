/** The guards that keep a model, and the words of a program, from doing more than holding an action back. */
import type { Guard } from './guard.ts';

export const ANALYSIS_GUARDS: readonly Guard[] = [
  {
    name: 'analysis: an answer about an object that was not shown does not count',
    file: 'src/core/analysis/answer.ts',
    guard: "['strangeObject', ({ object }, { inquiry }) => objectsOf(inquiry).has(object)],",
    without: "['strangeObject', ({ object }, { inquiry }) => objectsOf(inquiry).has(object) || true],",
    test: 'test/healing/adversarial-models.test.ts',
  },
  {
    name: 'analysis: nothing is held back where the policy asks for advice alone',
    file: 'src/core/gates/analysis-veto.ts',
    guard: "policy?.analysis.mode === 'veto';",
    without: "policy?.analysis.mode !== 'off';",
    test: 'src/core/target/advised-episodes.test.ts',
  },
  {
    name: 'analysis: values of variables that changed are not told',
    file: 'src/core/analysis/changes.ts',
    guard: 'value !== undefined && HIDDEN.test(field)',
    without: 'value !== undefined && HIDDEN.test(field) && false',
    test: 'src/core/analysis/changes.test.ts',
  },
];
