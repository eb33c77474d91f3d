/**
 * The site of the documentation: the pages of `docs` as they stand, with a search of all of them. `make site` copies them
 * to `pages`, beside the generator, and builds `dist/site`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defineConfig } from 'vitepress';
import { SEARCH } from '../search.ts';

const PAGES = resolve(import.meta.dirname, '../pages');

const FOLDERS = [
  ['how-to', 'How to'],
  ['concepts', 'Concepts'],
  ['reference', 'Reference'],
  ['adr', 'Decisions'],
] as const;

const titleOf = (file: string): string => /^# (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? file;

const pagesOf = (folder: string) =>
  readdirSync(join(PAGES, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => ({ text: titleOf(join(PAGES, folder, name)), link: `/${folder}/${name.replace(/\.md$/, '')}` }));

/** Links to files of the repository, such as examples, which are not part of the site: their paths are shown. */
const TO_REPOSITORY = /\[([^\]]+)\]\(\.\.\/(?:\.\.\/|(?=bench\/|test\/))([^)#]+)[^)]*\)/g;
/** Notes to those who edit a page are none to those who read it. */
const COMMENT = /<!--[\s\S]*?-->\n?/g;

const forReaders = (source: string): string =>
  source
    .replaceAll(COMMENT, '')
    .replaceAll(TO_REPOSITORY, (_, text: string, path: string) =>
      text.replaceAll('`', '').endsWith(path) ? text : `${text} (\`${path}\` in the repository)`,
    );

export default defineConfig({
  title: 'KubeSkippy',
  description: 'A self-healing operator for Kubernetes',
  srcDir: 'pages',
  outDir: resolve(import.meta.dirname, '../../dist/site'),
  // Words like <name> are text on these pages.
  markdown: { html: false },
  vite: {
    plugins: [
      {
        name: 'for-readers',
        enforce: 'pre',
        transform: (code, id) => (id.endsWith('.md') ? forReaders(code) : undefined),
      },
    ],
  },
  themeConfig: {
    search: { provider: 'local', options: { miniSearch: { searchOptions: SEARCH } } },
    outline: [2, 3],
    sidebar: FOLDERS.map(([folder, text]) => ({ text, collapsed: folder === 'adr', items: pagesOf(folder) })),
  },
});
