/**
 * A query that sees nothing but series with one of the given values of a label. Every selector gets one more matcher,
 * in the tree and not in the text, so that no way of writing a query gets around it. prom-label-proxy does the same:
 * https://github.com/prometheus-community/prom-label-proxy
 *
 * A selector that names another value itself then matches nothing:
 *
 *     format(confine(parse('rate(up{namespace="b"}[5m])'), { label: 'namespace', values: ['a'] }))
 *     // rate(up{namespace="a",namespace="b"}[5m])
 */
import { unreachable } from '../../std/assert.ts';
import { given, ifGiven } from '../../std/given.ts';
import type { Expr, Matcher, VectorSelector } from '../ast.ts';

export interface Confinement {
  readonly label: string;
  /** None: the query sees no series at all. */
  readonly values: readonly string[];
}

export function confine(expr: Expr, to: Confinement): Expr {
  const matcher = matcherOf(to);
  const selector = (one: VectorSelector): VectorSelector => ({ ...one, matchers: [matcher, ...one.matchers] });
  const inside = (one: Expr): Expr => {
    switch (one.kind) {
      case 'number':
      case 'string':
        return one;
      case 'selector':
        return selector(one);
      case 'matrix':
        return { ...one, selector: selector(one.selector) };
      case 'subquery':
      case 'paren':
      case 'unary':
        return { ...one, expr: inside(one.expr) };
      case 'call':
        return { ...one, args: one.args.map(inside) };
      case 'aggregate':
        return { ...one, expr: inside(one.expr), ...given({ param: ifGiven(one.param, inside) }) };
      case 'binary':
        return { ...one, lhs: inside(one.lhs), rhs: inside(one.rhs) };
      default:
        return unreachable(one);
    }
  };
  return inside(expr);
}

function matcherOf({ label, values: [first, ...more] }: Confinement): Matcher {
  // A label cannot have a value that is empty and not empty at once.
  if (first === undefined) return { name: label, type: '=~', value: '[^\\s\\S]' };
  if (more.length === 0) return { name: label, type: '=', value: first };
  return { name: label, type: '=~', value: [first, ...more].map(escaped).join('|') };
}

const escaped = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&');
