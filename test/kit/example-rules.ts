/** The policies of `examples/metrics`, with what their files say above them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { HealingPolicyObject } from '../../src/api/healing-policy.ts';

export interface ExampleRule {
  readonly file: string;
  readonly why: string;
  readonly policy: HealingPolicyObject;
}

const FOLDER = join(import.meta.dirname, '../../examples/metrics');

export const ruleFiles = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .sort();

export function exampleRules(): readonly ExampleRule[] {
  return ruleFiles().flatMap((file) =>
    readFileSync(join(FOLDER, file), 'utf8')
      .split('---\n')
      .map((text) => {
        const why = text.split('\n').filter((line) => line.startsWith('#'));
        return {
          file,
          why: why.map((line) => line.slice(1).trim()).join(' '),
          policy: parse(text) as HealingPolicyObject,
        };
      }),
  );
}

/** Its line in the table of docs/how-to/metric-rules.md. */
export function tableRow({ file, why, policy: { metadata, spec } }: ExampleRule): string {
  const [trigger] = spec.triggers;
  const [action] = spec.actions;
  // The first clause.
  const [first = why] = /^.*?[.:;](?= |$)/.exec(why) ?? [];
  const cells = [
    `[\`${metadata.name}\`](../../examples/metrics/${file})`,
    first.replace(/[.:;]$/, ''),
    trigger?.metricTrigger?.duration,
    action?.type ?? 'report',
    spec.mode,
  ];
  return `| ${cells.join(' | ')} |`;
}
