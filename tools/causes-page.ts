/** docs/reference/causes.md: every cause of src/core/analysis/causes, by family. */
import type { ActionType } from '../src/api/action-template.ts';
import { CAUSE_NAMES, type CauseName, causeOf } from '../src/core/analysis/causes/index.ts';
import { FAMILIES, type Specificity } from '../src/core/analysis/finding.ts';

const RANKS: Readonly<Record<Specificity, string>> = {
  exact: 'It names what has to be changed.',
  place: 'It names the part that fails.',
  symptom: 'It says how something fails, and holds only where nothing better was found.',
};

export function causesPage(): string {
  const parts = [
    '# Causes',
    '',
    '<!-- Written by `make generate` from src/core/analysis/causes. Do not edit. -->',
    '',
    'What the rules of analysis can find. `kubeskippy diagnose` shows them. For each: what it means and what to do, when the rule holds,',
    'what speaks against it, and what the action types do about it. A type that is not named neither helps nor harms for sure.',
    'A rule never concludes from the absence of something that could not be read. Where no rule holds, the analysis names no cause.',
    '',
    ...FAMILIES.flatMap((family) => {
      const names = CAUSE_NAMES.filter((name) => causeOf(name).family === family).toSorted();
      const links = names.map((name) => `[${name}](#${name.toLowerCase()})`).join(' · ');
      return [`**${family}**: ${links}`, ''];
    }),
    ...CAUSE_NAMES.toSorted().flatMap(entryOf),
  ];
  return `${parts.join('\n').trimEnd()}\n`;
}

const listed = (title: string, types: readonly ActionType[]): readonly string[] =>
  types.length === 0 ? [] : [`${title}: ${types.map((type) => `\`${type}\``).join(', ')}.`];

function entryOf(name: CauseName): readonly string[] {
  const { family, specificity, means, todo, when, unless, kinds, cures } = causeOf(name);
  return [
    `### ${name}`,
    '',
    `_${family}; ${kinds.join(', ')}. ${RANKS[specificity]}_ ${means} **To do:** ${todo}`,
    '',
    `- When: ${when}`,
    `- Not: ${unless}`,
    `- ${[...listed('Helps', cures.fits), ...listed('Changes nothing', cures.pointless), ...listed('Harms', cures.harmful)].join(' ') || 'No action type is known to help or to harm.'}`,
    '',
  ];
}
