/** One word, one meaning: the words of CONTRIBUTING.md are declared where its table says, and nowhere else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const WORDS = [...page.matchAll(/^\| `(\w+)` \| .* \| (\[.*\)) \|$/gm)].map(
  ([, word = '', links = '']) => [word, [...links.matchAll(/\]\(([^)]+)\)/g)].map(([, file = '']) => file)] as const,
);
const SOURCES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/\.(?:test|generated)\.ts$/.test(name))
  .map((name) => [join('src', name), readFileSync(join(ROOT, 'src', name), 'utf8')] as const);

describe('the words of CONTRIBUTING.md', () => {
  it('are there', () => expect(WORDS.length).toBeGreaterThan(10));

  it.each(WORDS)('%s has one meaning', (word, files) => {
    const declaration = new RegExp(
      `^\\s*(?:export )?(?:(?:interface|class|const|function) ${word}\\b|type ${word}(?:<.*>)? =)`,
      'm',
    );
    const declared = SOURCES.filter(([, text]) => declaration.test(text)).map(([file]) => file);
    expect(declared.toSorted()).toEqual(files.toSorted());
  });
});
