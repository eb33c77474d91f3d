/** Where a path of a YAML document stands in its text. Pure. */
import { isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

export interface Place {
  /** One-based, both. */
  readonly line: number;
  readonly column: number;
}

type Segment = string | number;

/** The node, or undefined where the document has none at that path. */
export function nodeAt(contents: unknown, path: readonly Segment[]): Node | undefined {
  let node: unknown = contents;
  for (const segment of path) {
    if (isSeq(node) && typeof segment === 'number') node = node.items[segment];
    else if (isMap(node)) node = node.items.find(({ key }) => isScalar(key) && key.value === segment)?.value;
    else return undefined;
  }
  return (node as Node | undefined | null) ?? undefined;
}

/** The node, or the innermost one around it where it is missing. */
export function nearestNode(contents: unknown, path: readonly Segment[]): Node | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(contents, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return undefined;
}

/** The place of the key of a path's last part, or of the innermost node around it where there is none. */
export function placeOf(contents: unknown, path: readonly Segment[], lines: LineCounter): Place {
  const around = path.length < 2 ? contents : nodeAt(contents, path.slice(0, -1));
  const key = isMap(around)
    ? around.items.find((pair) => isScalar(pair.key) && pair.key.value === path.at(-1))?.key
    : undefined;
  const node = (key as Node | undefined) ?? nearestNode(contents, path);
  const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
  return { line, column: col };
}

/** Of a path as the API server writes it: `spec.triggers[0].name`. */
export const segmentsOf = (path: string): readonly (string | number)[] =>
  path.split(/[.[\]]+/).flatMap((part) => (part === '' ? [] : [/^\d+$/.test(part) ? Number(part) : part]));
