/** YAML bodies, read and complained of as the server's reader (libyaml's rules in Go) does. */
import type { Document, ScalarTag, Tags, YAMLParseError } from 'yaml';
import { yaml } from '../../std/late-packages.ts';
import { JsonSyntaxError, type ParsedJson } from '../machinery/go-json.ts';

/** The words stand for the whole problem: the server says nothing of JSON before them. */
export class YamlError extends JsonSyntaxError {
  readonly form = 'yaml';
}

/** What these tags make of a text (dates, sets) has no form in JSON: the server keeps the text. */
const LEFT_AS_TEXT = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:set',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
]);

const octal: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:int',
  format: 'OCT',
  test: /^0o[0-7]+$/,
  resolve: (text) => Number.parseInt(text.slice(2), 8),
};

/** YAML 1.1 as the server's reader has it: without numbers to the base of sixty, with the octal numbers of YAML 1.2. */
const serverTags = (tags: Tags): Tags => [
  octal,
  ...tags.filter((tag) => typeof tag === 'string' || !(LEFT_AS_TEXT.has(tag.tag) || tag.format === 'TIME')),
];

/** The first document of a body. Throws YamlError. */
export function parseYamlBody(text: string): ParsedJson {
  const document = yaml().parseDocument(text, { version: '1.1', schema: 'yaml-1.1', customTags: serverTags });
  const errors = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY' && code !== 'MULTIPLE_DOCS');
  // A key over several lines is found at its start, and as nested in the same breath.
  const wrong = errors.find(({ code }) => code === 'MULTILINE_IMPLICIT_KEY') ?? errors[0];
  if (wrong) throw new YamlError(`yaml: ${problemOf(wrong, text)}`);
  checkValues(document);
  return { value: valueOf(document), duplicates: document.errors.flatMap((error) => duplicateOf(text, error)) };
}

function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    // Aliases inside of what they name, and too many of them.
    if (error instanceof ReferenceError) throw new YamlError('yaml: document contains excessive aliasing');
    throw error;
  }
}

/** Throws YamlError for an alias of nothing and for numbers that JSON does not have. */
function checkValues(document: Document): void {
  yaml().visit(document, {
    Alias: (_, alias, path) => {
      const named = alias.resolve(document);
      if (!named) throw new YamlError(`yaml: unknown anchor '${alias.source}' referenced`);
      if (path.includes(named)) throw new YamlError(`yaml: anchor '${alias.source}' value contains itself`);
    },
    Scalar: (_, { value }) => {
      if (typeof value !== 'number' || Number.isFinite(value)) return;
      const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
      throw new YamlError(`json: unsupported value: ${shown}`);
    },
  });
}

/**
 * The words of libyaml, as far as they have counterparts, and the line that it names: its scanner the one it is in, its
 * parser the one before (of what never ends, the last), the first of all none.
 */
const PROBLEMS: readonly (readonly [RegExp, 'here' | 'before' | 'after' | 'last', string])[] = [
  [/end with a \]/, 'last', "did not find expected ',' or ']'"],
  [/end with a \}/, 'last', "did not find expected ',' or '}'"],
  [/Implicit map keys need to be followed/i, 'after', "could not find expected ':'"],
  [/Implicit keys need to be on a single line/i, 'after', 'mapping values are not allowed in this context'],
  [/Nested mappings are not allowed|Nested block mapping/i, 'here', 'mapping values are not allowed in this context'],
  [/Unexpected block-seq-ind/, 'here', 'block sequence entries are not allowed in this context'],
  [/Missing closing/i, 'here', 'found unexpected end of stream'],
  [/Invalid escape sequence/, 'here', 'found unknown escape character'],
  [/Tabs are not allowed|reserved character/i, 'here', 'found character that cannot start any token'],
  [/Unexpected scalar at node end/i, 'before', "did not find expected '-' indicator"],
  [/not properly aligned|same column/i, 'before', 'did not find expected key'],
];

function problemOf(error: YAMLParseError, text: string): string {
  const [, named = 'here', words] = PROBLEMS.find(([pattern]) => pattern.test(error.message)) ?? [];
  const at = error.linePos?.[0].line ?? 1;
  const line = {
    here: at === 1 ? 0 : at,
    before: at - 1,
    after: at + 1,
    last: text.replace(/\n$/, '').split('\n').length,
  }[named];
  const where = line > 0 ? `line ${line}: ` : '';
  return `${where}${words ?? (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')}`;
}

function duplicateOf(text: string, { code, linePos }: YAMLParseError): readonly string[] {
  if (code !== 'DUPLICATE_KEY') return [];
  const line = linePos?.[0].line ?? 0;
  const key = text.split('\n')[line - 1]?.trim().split(':')[0] ?? '';
  return [`line ${line}: key "${key}" already set in map`];
}
