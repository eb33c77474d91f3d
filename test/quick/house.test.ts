/** The laws of the house that a tool can keep: see ARCHITECTURE.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';

const rules = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  readonly options: object;
  readonly forbidden: readonly object[];
};
const root = join(import.meta.dirname, '..', '..');

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/**
 * Code without comments and string contents, so that words in prose do not count. Rough, but it errs on the strict
 * side.
 */
function bare(file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|[^:'"`\\])\/\/.*$/gm, '$1')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

const shipped = files('src').filter((file) => !file.endsWith('.test.ts') && !file.endsWith('.generated.ts'));

describe('the folder graph', () => {
  it('holds: every import goes where ARCHITECTURE.md allows', async () => {
    const result = await cruise(['src'], {
      ...rules.options,
      ruleSet: { forbidden: rules.forbidden },
      validate: true,
      baseDir: root,
    } as never);
    const output = result.output;
    if (typeof output === 'string') throw new Error('expected a report object');
    expect(output.summary.totalCruised).toBeGreaterThan(50);
    expect(output.summary.violations.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`)).toEqual([]);
  });
});

describe('ambient inputs', () => {
  const forbidden: readonly (readonly [string, RegExp])[] = [
    ['the wall clock', /\bDate\.now\(|\bnew Date\(\s*\)|\bperformance\.now\(/],
    ['timers', /\b(?:setTimeout|setInterval)\(/],
    ['ambient randomness', /\bMath\.random\(|\brandomUUID\(|\brandomBytes\(/],
    ['the environment', /\bprocess\.(?:env|argv)\b/],
  ];
  it.each(forbidden)('%s is read only in src/std and src/main.ts', (_name, pattern) => {
    const offenders = shipped
      .filter((file) => relative('src/std', file).startsWith('..') && file !== join('src', 'main.ts'))
      .filter((file) => pattern.test(bare(file)));
    expect(offenders).toEqual([]);
  });

  it('the core never awaits', () => {
    const offenders = shipped
      .filter((file) => file.startsWith(join('src', 'core')))
      .filter((file) => /\b(?:await|async|Promise)\b/.test(bare(file)));
    expect(offenders).toEqual([]);
  });
});
