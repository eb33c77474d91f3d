/** The laws of the house that a tool can keep: see ARCHITECTURE.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';
import { REASONS, type ReasonList } from '../../src/core/reasons/index.ts';

const rules = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  readonly options: object;
  readonly forbidden: readonly object[];
};
const root = join(import.meta.dirname, '..', '..');

function files(folder: string, ending = '.ts'): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
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
  // It reads all of src: seconds on a quiet machine, a minute on a busy one.
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
  }, 120_000);
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

/** Code without comments; strings stay. */
const uncommented = (file: string): string =>
  readFileSync(join(root, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|[^:'"`\\])\/\/.*$/gm, '$1');

describe('reasons', () => {
  const lists: readonly ReasonList[] = Object.values(REASONS);
  // Not the series of kube-state-metrics, whose `reason` is a label.
  const said = shipped.filter(
    (file) =>
      /^src\/(?:api|core|operator|adapters|cli)\//.test(file) &&
      !/^src\/(?:core\/reasons|adapters\/metrics\/embedded)\//.test(file),
  );

  // The types refuse a reason that no list has. This also sees what is typed as a mere string.
  it('that the code says are in src/core/reasons', () => {
    const known = new Set(lists.flatMap(({ reasons }) => Object.keys(reasons)));
    // Reasons of Kubernetes in the CRDs and the admission policy: the API server says them, and documents them.
    const kubernetes = /^FieldValue/;
    // A function that says why not, or something that is named reason.
    const saying =
      /\b(?:refuse|refused|refusal|no|drop)\(\s*'([A-Z]\w*)'|\b(?:reason|why)\b[^\S\n]*[:=](?!=)([^;\n]*)/g;
    const strange = said.flatMap((file) =>
      [...uncommented(file).matchAll(saying)]
        .flatMap(
          ([, called, rest = '']) => called ?? [...rest.matchAll(/'([A-Z][a-z]\w*)'/g)].map(([, word]) => word ?? ''),
        )
        .filter((word) => !known.has(word) && !kubernetes.test(word))
        .map((word) => `${file}: ${word}`),
    );
    expect(strange).toEqual([]);
  });

  it.each(lists.map((list) => [list.title, list] as const))(
    'of the list "%s" are said where it says',
    (_title, list) => {
      const places = list.from.map((place) => shipped.filter((file) => file === place || file.startsWith(`${place}/`)));
      expect(places.filter((found) => found.length === 0)).toEqual([]);
      const code = places
        .flat()
        .filter((file) => !file.startsWith('src/core/reasons/'))
        .map(uncommented)
        .join('\n');
      const unsaid = Object.keys(list.reasons).filter(
        (word) => !code.includes(word === 'HttpNNN' ? '`Http${' : `'${word}'`),
      );
      expect(unsaid).toEqual([]);
    },
  );

  it('have their code named by ARCHITECTURE.md, whose files are there', () => {
    const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
    const unnamed = lists
      .flatMap(({ from }) => from)
      .filter((place) => !page.includes(`\`${place.replace('src/', '')}\``));
    expect(unnamed).toEqual([]);
    const named = [...page.matchAll(/`(?:src\/)?((?:adapters|api|cli|core|kube|operator|shapes|std)(?:\/[\w.-]+)*)`/g)];
    const absent = named
      .map(([, place = '']) => join('src', place))
      .filter(
        (place) => !shipped.some((file) => file === place || file === `${place}.ts` || file.startsWith(`${place}/`)),
      );
    expect([named.length > 30, absent]).toEqual([true, []]);
  });
});

describe('pages', () => {
  const pages = [...files('docs', '.md'), 'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];

  it.each(pages)('%s links to files that are there', (page) => {
    const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)];
    const dead = links.map(([, link = '']) => link).filter((link) => !existsSync(join(root, dirname(page), link)));
    expect(dead).toEqual([]);
  });

  it('of authority: every row of its table names a test', () => {
    const rows =
      readFileSync(join(root, 'docs/concepts/authority.md'), 'utf8').match(/^\| (?!A person)[^-].*$/gm) ?? [];
    expect(rows.length).toBeGreaterThan(15);
    expect(rows.filter((row) => !row.endsWith('.test.ts) |'))).toEqual([]);
  });
});

describe('invariants', () => {
  const PAGE = 'docs/reference/invariants.md';
  const NO_TEST = 'No test holds it yet.';
  const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
  const sections = textOf(PAGE)
    .split(/^### (?=I\d+$)/m)
    .slice(1)
    .map((section) => ({
      number: section.split('\n', 1)[0] ?? '',
      untested: section.includes(NO_TEST),
      tests: [...section.matchAll(/^- \[(\S+)\]\(\.\.\/\.\.\/\1\): (.+)$/gm)].map(([, file = '', title = '']) => ({
        file,
        title,
      })),
      lines: section.match(/^- /gm)?.length ?? 0,
    }));
  const titled = new Set(sections.filter(({ tests }) => tests.length > 0).map(({ number }) => number));
  // A suite is what several test files run.
  const tests = [...files('src'), ...files('test')].filter((file) => /(?:\.test|\/suite)\.ts$/.test(file));
  /** Numbers in the titles of tests. */
  const named = new Set(
    tests.flatMap((file) =>
      [...textOf(file).matchAll(/\((?:I\d{1,2}(?:, |; seed %i)?)+\)/g)].flatMap(
        ([all]) => all.match(/I\d{1,2}/g) ?? [],
      ),
    ),
  );

  it('are numbered without a gap', () => {
    expect(sections.map(({ number }) => number).toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)))).toEqual(
      sections.map((_, index) => `I${index + 1}`),
    );
  });

  it('have tests that are there and name them, or say that there is none', () => {
    const wrong = sections.flatMap(({ number, untested, tests: held, lines }) => [
      ...(held.length === lines ? [] : [`${number}: a line that is not [file](../../file): title`]),
      ...(untested === (held.length === 0) ? [] : [`${number}: tests, or "${NO_TEST}"`]),
      ...(untested && named.has(number) ? [`${number}: the title of a test names it`] : []),
      ...held.flatMap(({ file, title }) => {
        if (!tests.includes(file)) return [`${number}: there is no ${file}`];
        if (!new RegExp(`\\b${number}\\b`).test(title)) return [`${number}: it is not in the title ${title}`];
        return ["'", '"', '`'].some((quote) => textOf(file).includes(quote + title + quote))
          ? []
          : [`${number}: ${file} has no test ${title}`];
      }),
    ]);
    expect(wrong).toEqual([]);
  });

  it('that the code names are on the page, and a test holds each of them', () => {
    const places = [
      ...['src', 'test', 'tools', 'bench'].flatMap((folder) => files(folder)),
      ...files('docs', '.md').filter((file) => file !== PAGE),
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'README.md',
    ];
    const strange = places.flatMap((file) =>
      [...textOf(file).matchAll(/(?<![\w/])I\d{1,2}\b/g)].flatMap(([number]) =>
        titled.has(number) ? [] : [`${file}: ${number}`],
      ),
    );
    expect(strange).toEqual([]);
  });
});
