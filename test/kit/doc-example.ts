/** The worked example of a comment, so that a test can hold it to what the code does. */
import { readFileSync } from 'node:fs';

/**
 * The indented lines of the comment that stands right above a declaration, one text for each block of them.
 *
 * @throws Error when there is no such declaration, or its comment has no example.
 */
export function examplesAbove(file: URL, declaration: string): readonly string[] {
  const source = readFileSync(file, 'utf8');
  const at = source.indexOf(`\n${declaration}`);
  const above = source.slice(0, Math.max(at, 0));
  const comment = above.endsWith(' */') ? above.slice(above.lastIndexOf('/**')) : '';
  const blocks = comment
    .split('\n')
    .map((line) => /^ \* {5}(.*)$/.exec(line)?.[1] ?? '')
    .join('\n')
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '');
  if (blocks.length === 0) throw new Error(`no example above ${declaration} in ${file.pathname}`);
  return blocks;
}
