/** docs/reference/api.md, configuration.md and policy-tests.md from the schemas: one table per object with fields. */
import { describedSchema, kinds, type SchemaNode } from '../src/api/crd.ts';
import { API_VERSION } from '../src/api/names.ts';
import { RESTART_KEYS } from '../src/api/restart-keys.ts';
import { operatorConfigSchema } from '../src/api/operator-config.ts';
import { testFileSchema } from '../src/cli/test/test-schema.ts';

export function referencePage(): string {
  const parts = [
    '# API reference',
    '',
    `<!-- Written by \`make generate\` from src/api. Do not edit. -->`,
    '',
    `Group and version \`${API_VERSION}\`. Durations are Go durations (\`90s\`, \`5m\`, \`1h30m\`); times are RFC 3339.`,
    'What the words in `reason`, `phase` and `state` mean, and what to do about them: [reasons.md](reasons.md).',
  ];
  for (const kind of kinds) {
    parts.push('', `## ${kind.names.kind}`, '', `${kind.description} Short name \`${kind.names.shortName}\`.`);
    parts.push(
      '',
      `Columns of \`kubectl get ${kind.names.shortName}\`: ${kind.columns.map((column) => column.name).join(', ')}.`,
    );
    const root = describedSchema(kind.schema);
    for (const [name, node] of Object.entries(root.properties ?? {})) parts.push(...section(name, node));
  }
  return `${parts.join('\n')}\n`;
}

export function configurationPage(): string {
  const parts = [
    '# Configuration of the operator',
    '',
    `<!-- Written by \`make generate\` from src/api. Do not edit. -->`,
    '',
    'A YAML file, given as `kubeskippy run --config <file>`. Flags win over the file, the file over the defaults; unknown keys and bad',
    'values are refused by name and line. Durations are Go durations (`90s`, `5m`, `1h30m`).',
    '',
    'A file that changes is taken while the operator runs: it ends with nothing in hand and begins anew in the same process, and keeps its Lease. These',
    `count from the start of the process on: ${RESTART_KEYS.map((key) => `\`${key}\``).join(', ')}.`,
    'A file that is broken changes nothing; the log says why, once. `kubeskippy config check FILE` says it before.',
    '',
    'The sections `metrics`, `ai`, `safety`, `remediation` and `logging` of the first published form are understood: each key means the setting below that does the',
    'same. One that has no effect any more is noted, and one that would be less safe than it says is refused. `kubeskippy config print --effective --config FILE` prints',
    'the settings that they become.',
  ];
  parts.push(
    ...section('configuration', {
      ...describedSchema(operatorConfigSchema),
      description: 'All of them may be left out.',
    }),
  );
  return `${parts.join('\n')}\n`;
}

export function policyTestsPage(): string {
  const parts = [
    '# Files of policy tests',
    '',
    `<!-- Written by \`make generate\` from src/cli/test. Do not edit. -->`,
    '',
    'What `kubeskippy test` reads; [how to test a policy](../how-to/test-policies.md) shows it in use. Unknown keys are refused by line and',
    'column. Durations are Go durations (`90s`, `5m`, `1h30m`) and count from the start of the test.',
    ...section('file', { ...describedSchema(testFileSchema), description: 'Only `tests` is required.' }),
  ];
  return `${parts.join('\n')}\n`;
}

export function section(path: string, node: SchemaNode): string[] {
  const properties = Object.entries(node.properties ?? {});
  const lines = [
    '',
    `### \`${path}\``,
    '',
    node.description ?? '',
    '',
    '| field | type | default | meaning |',
    '|---|---|---|---|',
  ];
  for (const [name, child] of properties) {
    const required = node.required?.includes(name) ? ' (required)' : '';
    const fallback = child.default === undefined ? '' : `\`${JSON.stringify(child.default)}\``;
    lines.push(`| \`${name}\`${required} | ${cell(typeName(child))} | ${cell(fallback)} | ${cell(meaning(child))} |`);
  }
  const rules = (node['x-kubernetes-validations'] ?? []) as { message: string }[];
  if (rules.length > 0) lines.push('', `Rules: ${rules.map(({ message }) => message).join('; ')}.`);
  for (const [name, child] of properties) {
    const inner = child.items ?? child;
    if (inner.properties)
      lines.push(
        ...section(`${path}.${name}${child.items ? '[]' : ''}`, {
          ...inner,
          description: inner.description ?? child.description ?? '',
        }),
      );
  }
  return lines;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function typeName(node: SchemaNode): string {
  if (node['x-kubernetes-int-or-string'] === true) return 'integer or string';
  if (node.items) return `[]${typeName(node.items)}`;
  if (typeof node.additionalProperties === 'object') return `map of ${typeName(node.additionalProperties)}`;
  if (node.unit !== undefined) return node.unit;
  if (node.format === 'date-time') return 'time';
  return node.type ?? 'any';
}

function meaning(node: SchemaNode): string {
  const parts = [node.description ?? ''];
  if (node.enum) parts.push(`One of ${node.enum.map((value) => `\`${String(value)}\``).join(', ')}.`);
  const bounds = [
    node.minimum === undefined || node.minimum === -2_147_483_648 ? '' : `at least ${node.minimum}`,
    node.maximum === undefined || node.maximum === 2_147_483_647 ? '' : `at most ${node.maximum}`,
    node.maxItems === undefined ? '' : `at most ${node.maxItems} elements`,
    typeof node['maxProperties'] === 'number' ? `at most ${node['maxProperties']} entries` : '',
  ].filter((bound) => bound !== '');
  if (bounds.length > 0) parts.push(`${bounds.join(', ').replace(/^a/, 'A')}.`);
  return parts.join(' ').trim();
}
