/**
 * The site of the documentation, where its generator is installed (`make site` installs it). The build itself fails for
 * a link between pages that leads nowhere.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { actionTypes } from '../../src/api/action-template.ts';
import { operatorConfigSchema } from '../../src/api/operator-config.ts';
import { SEARCH } from '../../site/search.ts';
import { REASONS } from '../../src/core/reasons/index.ts';
import { metricsPage } from '../../tools/metrics-page.ts';

const ROOT = join(import.meta.dirname, '../..');
const MODULES = join(ROOT, 'site/node_modules');
const installed = existsSync(join(MODULES, 'vitepress'));
if (!installed) console.warn('tests of the site are skipped: its generator is not installed (make site)');

interface Found {
  readonly id: string;
}
interface Index {
  search(words: string, options: object): readonly Found[];
}

/** The search of the site's own theme, with its options. */
async function searchOf(folder: string): Promise<(words: string) => readonly string[]> {
  const { default: MiniSearch } = (await import(pathToFileURL(join(MODULES, 'minisearch/dist/es/index.js')).href)) as {
    default: { loadJSON(json: string, options: object): Index };
  };
  const chunks = join(folder, 'assets/chunks');
  const name = readdirSync(chunks).find((file) => file.startsWith('@localSearchIndex')) ?? '';
  const { default: json } = (await import(pathToFileURL(join(chunks, name)).href)) as { default: string };
  const fields = ['title', 'titles', 'text'];
  const index = MiniSearch.loadJSON(json, { fields, storeFields: ['title', 'titles'] });
  return (words) => index.search(words, SEARCH).map(({ id }) => id);
}

describe.skipIf(!installed)('the site', () => {
  let search: (words: string) => readonly string[];
  beforeAll(async () => {
    await promisify(execFile)('make', ['site'], { cwd: ROOT });
    search = await searchOf(join(ROOT, 'dist/site'));
  }, 300_000);

  /** Among the first ten that a reader is shown. */
  const missed = (names: readonly string[], page: RegExp): readonly string[] =>
    names.filter(
      (name) =>
        !search(name)
          .slice(0, 10)
          .some((id) => page.test(id)),
    );

  it('has every page of the documentation', () => {
    for (const folder of ['how-to', 'concepts', 'reference', 'adr'])
      for (const name of readdirSync(join(ROOT, 'docs', folder)))
        expect(existsSync(join(ROOT, 'dist/site', folder, name.replace(/\.md$/, '.html'))), name).toBe(true);
    expect(existsSync(join(ROOT, 'dist/site/index.html'))).toBe(true);
  });

  it('finds every reason, gate included, by its name', () => {
    const names = Object.values(REASONS).flatMap(({ reasons }) => Object.keys(reasons));
    expect(names.length).toBeGreaterThan(100);
    expect(missed(names, /\/reference\/reasons/)).toEqual([]);
  });

  it('finds every metric by its name', async () => {
    const names = [...new Set((await metricsPage()).match(/kubeskippy_[a-z_]+/g) ?? [])];
    expect(names.length).toBeGreaterThan(10);
    // One that gates count by has a line for each gate on the page of reasons.
    expect(missed(names, /\/reference\/(?:metrics|reasons)/)).toEqual([]);
  });

  it('finds every action type and configuration key by its name', () => {
    expect(missed(actionTypes, /\/reference\/actions/)).toEqual([]);
    expect(missed(Object.keys(operatorConfigSchema.shape), /\/reference\/configuration/)).toEqual([]);
  });

  it('finds nothing for what is not there', () => {
    expect(search('Qwertzuiopasdfgh')).toEqual([]);
  });
});
