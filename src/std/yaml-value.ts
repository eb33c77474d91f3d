/** The value of a YAML document; or why it has none, and where. Pure. */
import type { Document } from 'yaml';

export type YamlValue =
  | { readonly value: unknown }
  /** `offset`: of the character in the text. */
  | { readonly whyNot: string; readonly offset: number };

export function yamlValue(document: Document.Parsed): YamlValue {
  const [broken] = document.errors;
  // The text ends with the place, which is given apart, and with the line itself.
  if (broken !== undefined) return { whyNot: firstLine(broken).replace(/ at line \d+.*$/, ''), offset: broken.pos[0] };
  try {
    return { value: document.toJS() };
  } catch (error) {
    // The parser does not follow aliases: one may lead nowhere, or become a thousand times the text.
    if (!(error instanceof Error)) throw error;
    return { whyNot: firstLine(error), offset: beginOf(document) };
  }
}

/** Of what it says, behind the marks and comments above. */
export const beginOf = ({ contents, range }: Document.Parsed): number => contents?.range[0] ?? range[0];

const firstLine = ({ message }: Error): string => message.split('\n', 1)[0] ?? '';
