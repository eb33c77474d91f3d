/** Words in rows of at most `width` columns. A word that is longer has a row of its own. */
export function wrapWords(text: string, width: number): readonly string[] {
  const rows: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = rows.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
  }
  return rows;
}
