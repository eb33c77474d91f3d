// The graph of folders is the architecture (ARCHITECTURE.md). Each folder lists what it may import; everything else is
// an error.
const may = {
  std: [],
  shapes: ['std'],
  promql: ['std'],
  cel: ['std'],
  api: ['shapes', 'std'],
  core: ['api', 'cel', 'shapes', 'std'],
  kube: ['shapes', 'std'],
  operator: ['core', 'kube', 'api', 'shapes', 'std'],
  adapters: ['operator/ports', 'promql', 'kube', 'api', 'shapes', 'std'],
  sandbox: ['cel', 'shapes', 'std'],
  sim: ['sandbox', 'adapters', 'operator', 'kube', 'core', 'promql', 'api', 'shapes', 'std'],
};
const folderRules = Object.entries(may).map(([from, to]) => ({
  name: `${from}-imports-only-${to.join('-').replaceAll('/', '.') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: {
    path: '^src/',
    pathNot: [`^src/${from}/`, ...to.map((t) => (t.includes('/') ? `^src/${t}(\\.ts$|/)` : `^src/${t}/`))],
  },
}));

// The sandbox's folders from the bottom up: each may import those before it and none after it. What stands in the
// sandbox's own folder (index, HTTP, transport) is above them all.
const SANDBOX_ORDER = [
  'machinery', // what every part speaks: JSON, errors, names, metadata, selectors, the registry, the store
  'outside', // the way to webhooks and other API servers
  'runtime', // what components run on: work queues, timers, Events, typed objects
  'protobuf',
  'printers', // Table
  'schema', // built-in kinds' fields, OpenAPI
  'patch', // patches, server-side apply
  'crd',
  'access', // authentication, RBAC, admission policies
  'kinds', // defaults, validation and lifecycle of each built-in kind
  'admission', // admission plugins
  'verbs', // create, update, delete, list, watch
  'webhooks', // their configurations, and asking them
  'mutating-policies', // what policies make of objects
  'subresources',
  'apiserver', // requests in, answers out
  'scheduler',
  'kubelet',
  'controllers',
  'exposition', // /metrics
];
const sandboxRules = SANDBOX_ORDER.map((folder, index) => ({
  name: `sandbox-${folder}-imports-only-folders-below`,
  severity: 'error',
  from: { path: `^src/sandbox/${folder}/`, pathNot: '\\.test\\.ts$|/test-kit/' },
  to: {
    path: '^src/sandbox/',
    pathNot: SANDBOX_ORDER.slice(0, index + 1).map((below) => `^src/sandbox/${below}/`),
  },
}));
const unorderedSandbox = {
  name: 'sandbox-folders-have-their-place-in-the-order',
  severity: 'error',
  from: {},
  to: {
    path: '^src/sandbox/[^/]+/',
    pathNot: [...SANDBOX_ORDER, 'test-kit'].map((folder) => `^src/sandbox/${folder}/`),
  },
};

// The sandbox's tests keep its rule, too. One exception: its protobuf is read by the decoder of `kube`, which was
// written apart from the encoder, so that a mistake of one does not hide in the other.
const sandboxTests = [
  { from: { path: '^src/sandbox/.*\\.test\\.ts$', pathNot: '^src/sandbox/protobuf/' }, may: 'sandbox|cel|shapes|std' },
  { from: { path: '^src/sandbox/protobuf/.*\\.test\\.ts$' }, may: 'sandbox|cel|shapes|std|kube' },
].map(({ from, may: folders }) => ({
  name: `sandbox-tests-import-only-${folders.replaceAll('|', '-')}`,
  severity: 'error',
  from,
  to: { path: '^(src|test|bench|tools)/', pathNot: `^src/(${folders})/` },
}));

// Entered by one door: all else inside of these folders is theirs to change.
const behindIndex = ['cel', 'sandbox'].map((folder) => ({
  name: `${folder}-is-imported-through-its-index`,
  severity: 'error',
  // What a generator writes belongs to the folder that it writes it for.
  from: { pathNot: [`^src/${folder}/`, '^tools/generate-'] },
  // Random objects for tests of the wire format, which the clients' side has as well.
  to: { path: `^src/${folder}/`, pathNot: [`^src/${folder}/index\\.ts$`, '^src/sandbox/protobuf/test-kit/'] },
}));

module.exports = {
  forbidden: [
    {
      // Types included: two files that need each other's types are one thought in two places.
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'std-files-stand-alone',
      severity: 'error',
      from: { path: '^src/std/([^/]+)\\.ts$', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'only-tests-import-test-kits',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$|/test-kit/' },
      to: { path: '/test-kit/' },
    },
    { name: 'nothing-imports-main', severity: 'error', from: {}, to: { path: '^src/main\\.ts$' } },
    {
      name: 'only-main-imports-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/cli/', '^src/main\\.ts$'] },
      to: { path: '^src/cli/' },
    },
    {
      name: 'promql-through-its-index',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/promql/' },
      to: { path: '^src/promql/', pathNot: '^src/promql/index\\.ts$' },
    },
    {
      // Every start loads all verbs' flags; a verb's work loads when it runs.
      name: 'verbs-load-their-work-lazily',
      severity: 'error',
      from: { path: '^src/cli/verbs/' },
      to: {
        path: '^src/',
        pathNot: ['^src/cli/verbs/', '^src/cli/flags\\.ts$'],
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'shipped-code-uses-runtime-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      // Types ship nothing.
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    ...behindIndex,
    ...sandboxTests,
    unorderedSandbox,
    ...sandboxRules,
    ...folderRules.map((rule) => ({ ...rule, from: { ...rule.from, pathNot: '\\.test\\.ts$' } })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
