// Bundles src/main.ts into dist/kubeskippy.js, and what `kubeskippy/sandbox` exports into dist/sandbox.js with its
// types in dist/types. Verbs are chunks of their own, so that a start loads only what its verb needs.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { kubeskippy: 'src/main.ts', sandbox: 'src/sandbox/index.ts' },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Less to read and compile at each start; names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  legalComments: 'linked',
  logLevel: 'warning',
  // Some dependencies are CommonJS and call require for node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
chmodSync(join(root, 'dist/kubeskippy.js'), 0o755);
// The types that `kubeskippy/sandbox` and `kubeskippy/plugin` name, file by file as in src.
execFileSync(process.execPath, [join(root, 'node_modules/ts7/bin/tsc'), '-p', join(root, 'tsconfig.types.json')], {
  stdio: 'inherit',
});
