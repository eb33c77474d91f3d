/** docs/reference/actions.md: every action type, from its schema, the registry and the folder of examples. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { actionBlocks, actionTemplateSchema, type ActionType, actionTypes } from '../src/api/action-template.ts';
import { describedSchema } from '../src/api/crd.ts';
import type { PolicyRule } from '../src/api/rbac.ts';
import type { ActionKind } from '../src/core/actions/action-kind.ts';
import { actionRegistry } from '../src/core/actions/index.ts';
import { section } from './reference-page.ts';

const EXAMPLES = join(import.meta.dirname, '../examples/actions');

const PROOFS: Readonly<Record<ActionKind['proof'], string>> = {
  healed:
    'the target, or its replacement, does not fire and is not worse off for 10 seconds without a break; with `requireHealthCheck` it is healthy too',
  effect: 'what was asked for is there, live, for 10 seconds without a break',
  answer: 'the answer to the request: more than that cannot be known',
};

export function actionsPage(): string {
  const properties = describedSchema(actionTemplateSchema).properties ?? {};
  const parts = [
    '# Action types',
    '',
    '<!-- Written by `make generate` from src/api, src/core/actions and examples/actions. Do not edit. -->',
    '',
    'What a policy may have done to a target, type by type: `spec.actions[]` names one and carries its block. How an action is approved, claimed,',
    'proved and taken back: [concepts/healing.md](../concepts/healing.md). Each example is one file with a broken object and a policy that heals it.',
  ];
  for (const type of actionTypes) {
    const { block, omitted } = actionBlocks[type];
    const schema = properties[block] ?? {};
    parts.push('', `## ${type}`, '', schema.description ?? '', '', ...facts(type));
    parts.push(...section(block, { ...schema, description: omitted === 'refused' ? 'Required.' : 'May be left out.' }));
  }
  return `${parts.join('\n')}\n`;
}

function facts(type: ActionType): readonly string[] {
  const found = actionRegistry().find(actionTemplateSchema.parse({ name: type, type }));
  const examples = readdirSync(EXAMPLES).filter((file) => new RegExp(`^${type}(-.*)?\\.yaml$`).test(file));
  const links = examples.map((file) => `[${file}](../../examples/actions/${file})`);
  const shown = `- Example: ${links.join(', ') || 'none yet'}`;
  if ('whyNot' in found) {
    const why = `**Not available without more:** ${found.whyNot}.`;
    return examples.length === 0 ? [why] : [why, '', shown];
  }
  const kind = found.value;
  return [
    `- Done to: ${kind.kinds === 'any' ? 'every kind that a policy selects; where an object does not allow it, that is said and nothing is done' : kind.kinds.join(', ')}`,
    `- Shown by: ${PROOFS[kind.proof]}`,
    `- Can be taken back: ${kind.wayBack}`,
    `- Permissions: ${kind.rbac.map(permission).join('; ') || 'none'}`,
    shown,
  ];
}

const permission = ({ apiGroups, resources, verbs }: PolicyRule): string => {
  const groups = apiGroups.filter((group) => group !== '');
  const of = groups.length === 0 ? '' : ` of ${groups.join(', ')}`;
  return `${verbs.join(', ')} ${resources.map((one) => `\`${one}\``).join(', ')}${of}`;
};
