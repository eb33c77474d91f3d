/** Expressions from text to something that runs: what the rest of the sandbox uses of this folder. */
import { check } from './checker.ts';
import { type Dialect, PLAIN } from './dialect.ts';
import { CelError, formatIssues } from './errors.ts';
import { estimateCost } from './estimate.ts';
import { type Bindings, compileChecked, type Meter } from './evaluate.ts';
import { formatIssue } from './format-literals.ts';
import { parse } from './parser.ts';
import type { Expr } from './syntax.ts';
import type { Issue } from './tokens.ts';
import { type CelType, DYN } from './types.ts';
import type { Value } from './values.ts';
import { parseGoDuration, parseRfc3339 } from './time.ts';
import { compilePattern } from './standard.ts';

export interface Program {
  readonly source: string;
  readonly type: CelType;
  /** Names of variables that the expression refers to. */
  readonly variables: ReadonlySet<string>;
  /** The most it can cost, given what the variables' types declare of sizes. */
  readonly maxCost: number;
  /** Throws CelError. The meter is charged for what was done, also when it fails. */
  run(bindings: Bindings, meter: Meter): Value;
}

/** Either a program, or the issues as one text in the API server's form. */
export type Compiled = { readonly program: Program } | { readonly issues: string };

export function compile(source: string, variables: ReadonlyMap<string, CelType>, dialect: Dialect = PLAIN): Compiled {
  const parsed = parse(source, dialect.macros);
  if (!parsed.expr) return { issues: formatIssues(source, parsed.issues) };
  const { checked, issues } = check(parsed.expr, { variables, dialect });
  if (issues.length > 0) return { issues: formatIssues(source, issues) };
  const literals = literalIssues(parsed.expr, (expr) => checked.types.get(expr) ?? DYN);
  if (literals.length > 0) return { issues: formatIssues(source, literals) };
  const run = compileChecked(checked, dialect);
  return {
    program: {
      source,
      type: checked.type,
      variables: checked.variables,
      maxCost: estimateCost(checked, variables).max,
      run,
    },
  };
}

const PARSES: Readonly<Record<string, (text: string) => boolean>> = {
  duration: (text) => parseGoDuration(text) !== undefined,
  timestamp: (text) => parseRfc3339(text) !== undefined,
  matches: isPattern,
};

function isPattern(text: string): boolean {
  try {
    compilePattern(text);
    return true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
}

/** Literal durations, timestamps, patterns and formats that could never be read. */
function literalIssues(expr: Expr, typeOf: (expr: Expr) => CelType): Issue[] {
  const issues: Issue[] = [];
  const visit = (node: Expr): void => {
    if (node.kind === 'call') {
      const argument = node.args.at(-1);
      const parses = PARSES[node.name];
      if (parses && argument?.kind === 'literal' && typeof argument.value === 'string' && !parses(argument.value)) {
        issues.push({ at: argument.at, message: `invalid ${node.name} argument` });
      }
      const format = formatIssue(node, typeOf);
      if (format) issues.push(format);
    }
    for (const child of children(node)) visit(child);
  };
  visit(expr);
  return issues;
}

function children(node: Expr): readonly Expr[] {
  switch (node.kind) {
    case 'select':
      return [node.operand];
    case 'call':
      return node.target ? [node.target, ...node.args] : node.args;
    case 'list':
      return node.elements.map(({ value }) => value);
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return node.fields.map(({ value }) => value);
    case 'fold':
      return [node.range, node.init, node.condition, node.step, node.result];
    default:
      return [];
  }
}
