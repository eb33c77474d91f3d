/** A tree back to text. What it prints parses to an equal tree. */
import { unreachable } from '../std/assert.ts';
import { type Binary, type Expr, METRIC_NAME, type TimeShift, type VectorSelector } from './ast.ts';
import { formatFloat, formatPromDuration } from './literals.ts';
import { KEYWORDS, NAME_WORDS, quote } from './tokens.ts';

const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const labelName = (name: string): string => (PLAIN_LABEL.test(name) ? name : quote(name));
const labelList = (names: readonly string[]): string => `(${names.map(labelName).join(', ')})`;

export function format(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return formatFloat(expr.value);
    case 'string':
      return quote(expr.value);
    case 'selector':
      return `${formatSelector(expr)}${formatShift(expr.shift)}`;
    case 'matrix':
      return `${formatSelector(expr.selector)}[${formatPromDuration(expr.rangeMs)}]${formatShift(expr.selector.shift)}`;
    case 'subquery': {
      const step = expr.stepMs === 0 ? '' : formatPromDuration(expr.stepMs);
      return `${format(expr.expr)}[${formatPromDuration(expr.rangeMs)}:${step}]${formatShift(expr.shift)}`;
    }
    case 'call':
      return `${expr.func.name}(${expr.args.map(format).join(', ')})`;
    case 'aggregate': {
      const clause = expr.without ? ` without ${labelList(expr.grouping)} ` : ` by ${labelList(expr.grouping)} `;
      const args = expr.param === undefined ? format(expr.expr) : `${format(expr.param)}, ${format(expr.expr)}`;
      return `${expr.op}${expr.without || expr.grouping.length > 0 ? clause : ''}(${args})`;
    }
    case 'binary':
      return `${format(expr.lhs)} ${expr.op}${formatMatching(expr)} ${format(expr.rhs)}`;
    case 'unary':
      return `${expr.op}${format(expr.expr)}`;
    case 'paren':
      return `(${format(expr.expr)})`;
    default:
      return unreachable(expr);
  }
}

/** The selector without its modifiers. */
export function formatSelector({ name, matchers }: VectorSelector): string {
  const inside = name === '' ? matchers : matchers.slice(0, -1);
  const isBare =
    name === '' ||
    (/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) &&
      (!KEYWORDS.has(name.toLowerCase()) || NAME_WORDS.has(name.toLowerCase())));
  const texts = inside.map((matcher) => `${labelName(matcher.name)}${matcher.type}${quote(matcher.value)}`);
  if (!isBare) texts.unshift(`${METRIC_NAME}=${quote(name)}`);
  return `${isBare ? name : ''}${texts.length > 0 ? `{${texts.join(',')}}` : ''}`;
}

function formatShift({ offsetMs, atMs, anchor }: TimeShift): string {
  const at = atMs === undefined ? '' : ` @ ${(atMs / 1000).toFixed(3)}`;
  const anchored = anchor === undefined ? at : ` @ ${anchor}()`;
  return `${anchored}${offsetMs === 0 ? '' : ` offset ${formatPromDuration(offsetMs)}`}`;
}

function formatMatching({ returnsBool, matching }: Binary): string {
  let text = returnsBool ? ' bool' : '';
  if (
    !matching ||
    (!matching.on &&
      matching.labels.length === 0 &&
      matching.include.length === 0 &&
      !matching.card.startsWith('many-to-one') &&
      matching.card !== 'one-to-many')
  )
    return text;
  text += ` ${matching.on ? 'on' : 'ignoring'} ${labelList(matching.labels)}`;
  if (matching.card === 'many-to-one') text += ` group_left ${labelList(matching.include)}`;
  if (matching.card === 'one-to-many') text += ` group_right ${labelList(matching.include)}`;
  return text;
}
