// Bundles src/main.ts into dist/kubeskippy.js, with the types that `kubeskippy/plugin` names in dist/types; and writes
// the embedded cluster as a package of its own to dist/sandbox-package. Verbs are chunks of their own, so that a start
// loads only what its verb needs.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const sandbox = join(root, 'dist/sandbox-package');

/** What both bundles share. */
const OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  legalComments: 'linked',
  logLevel: 'warning',
};

/** Less to read and compile at each start; names stay, for stack traces. */
const SMALL = { minifyWhitespace: true, minifySyntax: true };

/**
 * The official client has a class for every API, and of all of it one is used. Nothing happens when its files are
 * loaded, which its package does not say: with it said, the bundle leaves out four fifths.
 */
const ONLY_WHAT_IS_USED = {
  name: 'only-what-is-used',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, ...from }) => {
      const isItsOwn = path.startsWith('.') && from.importer.includes('@kubernetes/client-node/');
      if (from.pluginData === 'asked' || (!isItsOwn && path !== '@kubernetes/client-node')) return undefined;
      const { importer, namespace, resolveDir, kind } = from;
      const found = await resolve(path, { importer, namespace, resolveDir, kind, pluginData: 'asked' });
      return found.errors.length > 0 ? found : { path: found.path, sideEffects: false };
    });
  },
};

/**
 * OpenTelemetry's packages hand CommonJS to programs of Node, of which nothing can be left out. They have the same as
 * modules, of which a fifth is used.
 */
const AS_MODULES = {
  name: 'as-modules',
  setup({ onResolve }) {
    onResolve({ filter: /^@opentelemetry\/[\w-]+$/ }, ({ path }) => {
      const folder = join(root, 'node_modules', path);
      const { module } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return module === undefined ? undefined : { path: join(folder, module), sideEffects: false };
    });
  },
};

/** Types file by file as in src. */
function emitTypes(project) {
  const compiler = join(root, 'node_modules/ts7/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', join(root, project)], { stdio: 'inherit' });
}

/** What src/std/late-packages.ts reads at first use. */
const LATE_PACKAGES = ['croner', 're2js', 'yaml'];

/**
 * Each of them is a file of its own beside the chunks, for those that import it at their start, too: there is one of
 * each. It is read by `require`, which takes CommonJS in every version of Node.
 */
const LATE_PACKAGES_AS_FILES = {
  name: 'late-packages-as-files',
  setup({ onResolve, onLoad }) {
    const namespace = 'late-package';
    onResolve({ filter: new RegExp(`^(${LATE_PACKAGES.join('|')})$`) }, ({ path }) => ({ path, namespace }));
    onLoad({ filter: /./, namespace }, ({ path }) => ({ contents: `module.exports = require('./${path}.cjs');` }));
    onResolve({ filter: /\.cjs$/, namespace }, ({ path }) => ({ path, external: true }));
    // With its own `require` out of the way the bundler sees which packages it names.
    onLoad({ filter: /\/std\/late-packages\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace('const require = createRequire(import.meta.url);', '');
      if (contents === source) throw new Error(`${path} has no require of its own to be replaced`);
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Files that most verbs share. The bundler makes a chunk of the files that the same verbs import. Many of these chunks
 * would hold one small file, and a start takes its time to find, read and link each. When all verbs import all of these
 * files, they are one chunk.
 */
const SHARED_BY_ALL = [
  'src/cli/cli-error.ts',
  ...readdirSync(join(root, 'src/std'))
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => `src/std/${file}`),
];
const ONE_SHARED_CHUNK = {
  name: 'one-shared-chunk',
  setup({ onResolve, onLoad }) {
    const namespace = 'shared-by-all';
    onResolve({ filter: /^shared-by-all$/ }, ({ path }) => ({ path, namespace }));
    onLoad({ filter: /./, namespace }, () => ({
      contents: SHARED_BY_ALL.map((file) => `import './${file}';`).join('\n'),
      resolveDir: root,
    }));
  },
};

async function buildLatePackages() {
  await build({
    ...OPTIONS,
    ...SMALL,
    entryPoints: LATE_PACKAGES,
    outdir: 'dist/chunks',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
  });
}

async function buildProgram() {
  await build({
    ...OPTIONS,
    entryPoints: { kubeskippy: 'src/main.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    inject: ['shared-by-all'],
    plugins: [ONE_SHARED_CHUNK, ONLY_WHAT_IS_USED, AS_MODULES, LATE_PACKAGES_AS_FILES],
    ...SMALL,
    // Some dependencies are CommonJS and call require for node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  chmodSync(join(root, 'dist/kubeskippy.js'), 0o755);
  emitTypes('tsconfig.types.json');
}

/** Its dependencies are those that the bundle imports, in the versions of this project. */
async function buildSandboxPackage() {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: { index: 'src/sandbox/index.ts' },
    outdir: sandbox,
    packages: 'external',
    metafile: true,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  const imported = [...imports, ...LATE_PACKAGES];
  const { version, license, engines, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifest = {
    name: 'kubeskippy-sandbox',
    version,
    description: 'A Kubernetes cluster in one process, on a clock that the test hands in.',
    license,
    type: 'module',
    engines,
    exports: { '.': { types: './types/sandbox/index.d.ts', default: './index.js' } },
    dependencies: Object.fromEntries(Object.entries(dependencies).filter(([name]) => imported.includes(name))),
  };
  writeFileSync(join(sandbox, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  copyFileSync(join(root, 'LICENSE'), join(sandbox, 'LICENSE'));
  emitTypes('tsconfig.sandbox-types.json');
  // Beside the code the page links to sources; the package has their types, with the same comments.
  const page = readFileSync(join(root, 'src/sandbox/README.md'), 'utf8');
  writeFileSync(join(sandbox, 'README.md'), page.replaceAll(/\]\(([\w/-]+)\.ts\)/g, '](types/sandbox/$1.d.ts)'));
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
await buildProgram();
await buildLatePackages();
await buildSandboxPackage();
