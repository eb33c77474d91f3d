/**
 * Writes `src/shapes/kinds.generated.ts`: names, types, list types, merge keys, defaults and protobuf numbers of the
 * built-in kinds' fields, read from the Go sources that Kubernetes publishes (facts only: no descriptions, no code).
 *
 *     npx tsx tools/generate-kinds.ts <folder> <version>
 *
 * `<folder>` holds checkouts of kubernetes/api, kubernetes/apimachinery, kubernetes/apiextensions-apiserver and
 * kubernetes/kube-aggregator under their repository's name, all at the tag of `<version>` (Kubernetes 1.36.2 is
 * v0.36.2).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Package {
  /** As the table names it: `core/v1`. */
  readonly key: string;
  readonly folder: string;
  readonly importPath: string;
}

/** Only the versions that an API server serves by default. */
const SERVED: readonly string[] = [
  'admissionregistration/v1',
  'apps/v1',
  'authentication/v1',
  'authorization/v1',
  'autoscaling/v1',
  'autoscaling/v2',
  'batch/v1',
  'certificates/v1',
  'coordination/v1',
  'core/v1',
  'discovery/v1',
  'events/v1',
  'flowcontrol/v1',
  'networking/v1',
  'node/v1',
  'policy/v1',
  'rbac/v1',
  'resource/v1',
  'scheduling/v1',
  'storage/v1',
];

const PACKAGES: readonly Package[] = [
  { key: 'meta/v1', folder: 'apimachinery/pkg/apis/meta/v1', importPath: 'k8s.io/apimachinery/pkg/apis/meta/v1' },
  ...SERVED.map((key) => ({ key, folder: `api/${key}`, importPath: `k8s.io/api/${key}` })),
  {
    key: 'apiextensions/v1',
    folder: 'apiextensions-apiserver/pkg/apis/apiextensions/v1',
    importPath: 'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1',
  },
  {
    key: 'apiregistration/v1',
    folder: 'kube-aggregator/pkg/apis/apiregistration/v1',
    importPath: 'k8s.io/kube-aggregator/pkg/apis/apiregistration/v1',
  },
];

/** Packages whose types encode themselves: the table's reader knows each by name. */
const OPAQUE: Readonly<Record<string, string>> = {
  'k8s.io/apimachinery/pkg/api/resource': 'resource',
  'k8s.io/apimachinery/pkg/util/intstr': 'intstr',
  'k8s.io/apimachinery/pkg/types': 'types',
  'k8s.io/apimachinery/pkg/runtime': 'runtime',
};

/** Types of meta/v1 and apiextensions/v1 with a JSON form of their own. */
const SELF_ENCODED: readonly string[] = [
  'meta/v1.Time',
  'meta/v1.MicroTime',
  'meta/v1.Duration',
  'meta/v1.FieldsV1',
  'apiextensions/v1.JSON',
  'apiextensions/v1.JSONSchemaPropsOrArray',
  'apiextensions/v1.JSONSchemaPropsOrBool',
  'apiextensions/v1.JSONSchemaPropsOrStringArray',
];

const markersOf = (comments: readonly string[]): Map<string, string[]> => {
  const markers = new Map<string, string[]>();
  for (const line of comments) {
    const match = /^\+([\w:.-]+)(?:=(.*))?$/.exec(line.trim());
    if (!match?.[1]) continue;
    markers.set(match[1], [...(markers.get(match[1]) ?? []), match[2] ?? '']);
  }
  return markers;
};

class Source {
  readonly #imports = new Map<string, string>();
  readonly #pkg: Package;

  constructor(text: string, pkg: Package) {
    this.#pkg = pkg;
    const block = /import \(([\s\S]*?)\n\)/.exec(text)?.[1] ?? '';
    const single = [...text.matchAll(/^import (.*)$/gm)].map((match) => match[1] ?? '');
    for (const line of [...block.split('\n'), ...single]) {
      const match = /^\s*(?:(\w+) )?"([^"]+)"/.exec(line);
      const path = match?.[2];
      if (path) this.#imports.set(match[1] ?? (path.split('/').pop() as string), path);
    }
  }

  /** `*corev1.PodSpec` → `*core/v1.PodSpec`. */
  resolve(type: string): string {
    if (type.startsWith('*')) return `*${this.resolve(type.slice(1))}`;
    if (type.startsWith('[]')) return `[]${this.resolve(type.slice(2))}`;
    const map = /^map\[([^\]]+)\](.*)$/.exec(type);
    if (map?.[1] && map[2]) return `map[${this.resolve(map[1])}]${this.resolve(map[2])}`;
    const dot = type.indexOf('.');
    if (dot < 0) return type;
    const path = this.#imports.get(type.slice(0, dot));
    const name = type.slice(dot + 1);
    const known = PACKAGES.find((each) => each.importPath === path);
    if (known) return known.key === this.#pkg.key ? name : `${known.key}.${name}`;
    const opaque = path && OPAQUE[path];
    if (!opaque) throw new Error(`${this.#pkg.key}: no package for ${type} (${path})`);
    return `${opaque}.${name}`;
  }
}

/** One field: `json|type|protobuf number|flags`. */
function fieldOf(line: string, comments: readonly string[], source: Source): string | undefined {
  const match = /^(?:(\w+)\s+)?([*\w.[\]]+)\s+`([^`]*)`/.exec(line);
  if (!match?.[2] || match[3] === undefined) return undefined;
  const tag = (name: string): string | undefined =>
    new RegExp(`(?:^| )${name}:"([^"]*)"`).exec(match[3] as string)?.[1];
  const [json = '', ...options] = (tag('json') ?? '').split(',');
  if (json === '-') return undefined;
  const number = /^\w+,(\d+),/.exec(tag('protobuf') ?? '')?.[1] ?? '';
  const markers = markersOf(comments);
  const flags: string[] = [];
  if (options.includes('inline') || json === '') flags.push('i');
  if (options.includes('omitempty')) flags.push('o');
  if (options.includes('omitzero')) flags.push('z');
  if (markers.has('optional') || markers.has('k8s:optional')) flags.push('q');
  const list = markers.get('listType')?.[0];
  const keys = markers.get('listMapKey') ?? [];
  if (list === 'map') flags.push(`l=${keys.join(',')}`);
  else if (list === 'set') flags.push('l');
  const strategy = tag('patchStrategy');
  if (strategy) flags.push(`p=${strategy}`);
  const mergeKey = tag('patchMergeKey');
  if (mergeKey) flags.push(`k=${mergeKey}`);
  // Without a list type of its own, a merging list is a set, or a map of its merge key.
  if (!list && strategy?.split(',').includes('merge') && match[2].startsWith('[]'))
    flags.push(mergeKey ? `l=${mergeKey}` : 'l');
  if (markers.get('structType')?.[0] === 'atomic' || markers.get('mapType')?.[0] === 'atomic') flags.push('a');
  const value = markers.get('default')?.[0];
  if (value !== undefined && /^("[^"]*"|-?\d+|true|false)$/.test(value)) flags.push(`d=${value}`);
  return [json, source.resolve(match[2]), number, flags.join(' ')].join('|').replace(/\|+$/, '');
}

const EMPTY_COMMENT: readonly string[] = [];

function typesOf(pkg: Package, root: string): Record<string, string> {
  const types: Record<string, string> = {};
  const folder = join(root, pkg.folder);
  const files = readdirSync(folder).filter((name) => /^types\w*\.go$/.test(name) && !/swagger|test/.test(name));
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    const source = new Source(text, pkg);
    let comments: string[] = [];
    let struct: { name: string; fields: string[]; atomic: boolean } | undefined;
    let inBlockOfTypes = false;
    for (const raw of text.split('\n')) {
      const line = raw.trim();
      if (line.startsWith('//')) {
        comments.push(line.slice(2).trim());
        continue;
      }
      const declared = (inBlockOfTypes ? /^(\w+) (.+)$/ : /^type (\w+) (.+)$/).exec(line);
      if (struct) {
        if (raw === '}' || (inBlockOfTypes && raw === '\t}')) {
          if (struct.fields.length > 0) types[struct.name] = `${struct.atomic ? '!' : ''}${struct.fields.join(';')}`;
          else types[struct.name] = '';
          struct = undefined;
        } else if (line !== '') {
          const field = fieldOf(line, comments, source);
          if (field !== undefined) struct.fields.push(field);
        }
      } else if (line === 'type (') inBlockOfTypes = true;
      else if (line === ')') inBlockOfTypes = false;
      else if (declared?.[1] && declared[2]) {
        const markers = markersOf(comments);
        const atomic = markers.get('structType')?.[0] === 'atomic' || markers.get('mapType')?.[0] === 'atomic';
        const shape = declared[2].replace(/^= /, '');
        if (shape === 'struct {') struct = { name: declared[1], fields: [], atomic };
        else if (shape === 'struct{}') types[declared[1]] = '';
        else if (/^[*\w.[\]]+$/.test(shape)) types[declared[1]] = `=${source.resolve(shape)}`;
      }
      // A marker may stand apart from its declaration by one blank line.
      if (line !== '') comments = [...EMPTY_COMMENT];
    }
  }
  return types;
}

function groupOf(pkg: Package, root: string): string {
  for (const file of ['register.go', '../register.go']) {
    const path = join(root, pkg.folder, file);
    const match = existsSync(path) ? /GroupName\s*=\s*"([^"]*)"/.exec(readFileSync(path, 'utf8')) : undefined;
    if (match) return match[1] as string;
  }
  throw new Error(`${pkg.key}: no GroupName`);
}

const mentions = (encoded: string): readonly string[] =>
  (encoded.startsWith('=')
    ? [encoded.slice(1)]
    : encoded
        .replace(/^!/, '')
        .split(';')
        .map((field) => field.split('|')[1] ?? '')
  )
    .flatMap((type) => type.split(/[*[\]]|map/))
    .filter((name) => name !== '');

/** Drops what no kind reaches. */
function reachable(
  all: Record<string, Record<string, string>>,
  kinds: readonly string[],
): Record<string, Record<string, string>> {
  const kept: Record<string, Record<string, string>> = {};
  const queue = [...kinds];
  const seen = new Set<string>(queue);
  for (let full = queue.pop(); full !== undefined; full = queue.pop()) {
    const dot = full.lastIndexOf('.');
    const [pkg, name] = [full.slice(0, dot), full.slice(dot + 1)];
    const encoded = all[pkg]?.[name];
    if (encoded === undefined || SELF_ENCODED.includes(full)) continue;
    kept[pkg] = { ...kept[pkg], [name]: encoded };
    for (const mention of mentions(encoded)) {
      const next = mention.includes('.') ? mention : `${pkg}.${mention}`;
      if (!seen.has(next)) {
        seen.add(next);
        queue.push(next);
      }
    }
  }
  return kept;
}

function main([root, version]: readonly string[]): void {
  if (!root || !version) throw new Error('usage: generate-kinds.ts <folder of checkouts> <Kubernetes version>');
  const all: Record<string, Record<string, string>> = {};
  const groups: Record<string, string> = {};
  const kinds: string[] = [];
  for (const pkg of PACKAGES) {
    const types = typesOf(pkg, root);
    all[pkg.key] = types;
    if (pkg.key !== 'meta/v1') groups[pkg.key] = groupOf(pkg, root);
    for (const [name, encoded] of Object.entries(types)) {
      if (/(^|;)!?\|(meta\/v1\.)?TypeMeta\|/.test(encoded.replace(/^!/, ''))) kinds.push(`${pkg.key}.${name}`);
    }
  }
  const kept = reachable(all, kinds);
  const lines = [
    '// Generated by tools/generate-kinds.ts from the published Go types of Kubernetes. Do not edit.',
    '// A field is `json|Go type|protobuf number|flags`; flags: i inline, o omitempty, z omitzero, q optional, a atomic, l set, l=k1,k2 map by keys,',
    '// p=patch strategy, k=merge key, d=default. `=T` names another type; `!` begins an atomic struct.',
    `export const KUBERNETES_VERSION = '${version}';`,
    '',
    "/** Go package → API group. The version is the package's last part. */",
    `export const GROUPS: Readonly<Record<string, string>> = ${JSON.stringify(groups, null, 2)};`,
    '',
    'export const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {',
  ];
  for (const pkg of Object.keys(kept).sort()) {
    lines.push(`  '${pkg}': {`);
    for (const name of Object.keys(kept[pkg] as object).sort())
      lines.push(`    ${name}: ${JSON.stringify(kept[pkg]?.[name])},`);
    lines.push('  },');
  }
  lines.push('};', '');
  writeFileSync(new URL('../src/shapes/kinds.generated.ts', import.meta.url), lines.join('\n'));
}

main(process.argv.slice(2));
