/** The guards that keep a model, and the words of a program, from doing more than holding an action back. */
import type { Guard } from './guard.ts';

export const ANALYSIS_GUARDS: readonly Guard[] = [
  {
    name: 'analysis: an answer that ended at its limit does not count',
    file: 'src/adapters/models/openai.ts',
    guard: "if (end === 'length')",
    without: "if (end === 'never')",
    test: 'test/e2e/eval-models.test.ts',
  },
  {
    name: 'analysis: the rules refuse an action of a model that does harm',
    file: 'src/core/analysis/answer.ts',
    guard: "['againstRules', ({ action }, { inquiry }) => holds(action) || !isUseless(action, inquiry)],",
    without: "['againstRules', ({ action }, { inquiry }) => holds(action) || !isUseless(action, inquiry) || true],",
    test: 'test/e2e/eval-models.test.ts',
  },
  {
    name: 'analysis: an answer about an object that was not shown does not count',
    file: 'src/core/analysis/answer.ts',
    guard: "['strangeObject', ({ object }, { inquiry }) => shown(object, inquiry) !== undefined],",
    without: "['strangeObject', ({ object }, { inquiry }) => shown(object, inquiry) !== undefined || true],",
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
  {
    name: 'analysis: no text closes the fence around what others wrote',
    file: 'src/core/analysis/question.ts',
    guard: '/[<>\\u2028\\u2029]/g,',
    without: '/[\\u2028\\u2029]/g,',
    test: 'src/core/analysis/hidden-orders.test.ts',
  },
  {
    name: 'analysis: an action that the policy has not does not count',
    file: 'src/core/analysis/answer.ts',
    guard: "['strangeAction', ({ action }, { inquiry }) => holds(action) || offered(action, inquiry) !== undefined],",
    without: "['strangeAction', () => true],",
    test: 'src/core/analysis/hidden-orders.test.ts',
  },
];
