/**
 * Text of others, fit for a terminal and a log: what would move the cursor, recolour the screen or turn the direction
 * of writing is shown as its escape. The form is that of JSON (`\u001b`), so that JSON stays JSON with the same strings
 * in it.
 */

// C0 but tab and line feed, DEL, C1; marks, embeddings, overrides and isolates of direction; line and paragraph ends.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, escaped);

/** On one line, so that a value cannot look like the next one. */
export const printableLine = (text: string): string => printable(text).replaceAll('\n', '\\n');
