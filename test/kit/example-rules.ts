/** The policies of `examples/metrics`, with what their files say above them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
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
    parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => {
      const comment = document.commentBefore ?? document.contents?.commentBefore ?? '';
      return { file, why: comment.replaceAll(/\s*\n\s*/g, ' ').trim(), policy: document.toJS() as HealingPolicyObject };
    }),
  );
}
