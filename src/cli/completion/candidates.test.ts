import { describe, expect, it } from 'vitest';
import { called } from '../../../test/kit/command-line.ts';

async function words(
  ...typed: readonly string[]
): Promise<{ readonly words: readonly string[]; readonly kind: string }> {
  const { code, out, err } = await called(['__complete', '--', ...typed]);
  expect([code, err]).toEqual([0, '']);
  const lines = out.trimEnd().split('\n');
  return { words: lines.slice(0, -1).map((line) => line.split('\t')[0] ?? ''), kind: lines.at(-1) ?? '' };
}

describe('the words that can come next', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['verbs', ['sta'], ['status']],
    ['verbs of a verb', ['report', ''], ['causes', 'replaceability', 'help']],
    ['what a verb takes', ['get', 'p'], ['policies']],
    ['flags', ['get', 'policies', '--kube'], ['--kubeconfig']],
    ['flags behind flags with a value', ['get', '-n', 'status', '--out'], ['--output']],
    ['values of a flag', ['get', 'policies', '-o', ''], ['table', 'wide', 'json', 'yaml', 'name']],
    ['values after =', ['get', 'policies', '--output=js'], ['--output=json']],
    ['values after = as bash takes them apart', ['get', 'policies', '--output', '=', 'js'], ['json']],
    ['nothing for a value that anything may be', ['get', '-n', ''], []],
    ['nothing for what is hidden', ['__'], []],
    ['nothing once all arguments are there', ['get', 'policies', 'a', ''], []],
  ])('are %s', async (_title, typed, expected) => {
    expect(await words(...typed)).toEqual({ words: expected, kind: ':words' });
  });

  it('are all verbs at the beginning, with what they do', async () => {
    const { out } = await called(['__complete', '--', '']);
    expect(out).toContain('status\tthe cluster at a glance');
    expect(out).not.toContain('__complete');
  });

  it.each([[['lint', '']], [['lint', 'a.yaml', '']], [['status', '--kubeconfig', '']], [['install', '--config=']]])(
    'are files for %j',
    async (typed) => {
      expect((await words(...typed)).kind).toBe(':files');
    },
  );
});
