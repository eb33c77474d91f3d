/** Our own scenarios on the embedded cluster, analysed by the rules. */
import { analysed, expectedOf, SCENARIOS } from '../../test/eval/scenarios.ts';
import { Score } from './score.ts';

export async function ownScenarios(): Promise<{ readonly score: Score; readonly mistakes: readonly string[] }> {
  const score = new Score();
  const mistakes: string[] = [];
  for (const scenario of SCENARIOS) {
    const analysis = await analysed(scenario);
    const expected = expectedOf(scenario);
    const { right, found } = score.add(expected, analysis);
    const [best] = analysis.findings;
    if (!right || (best !== undefined && !expected.object(analysis, 0)))
      mistakes.push(
        `${scenario.name}: ${found.slice(0, 4).join(', ') || 'abstained'} (${expected.causes.join(', ') || 'nothing'}); ${best?.text ?? ''}`,
      );
  }
  return { score, mistakes };
}
