/**
 * What Kubernetes' own functions cost at worst.
 * https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/cost.go
 */
import type { Overload } from './functions.ts';
import { add, fixed, type Range, range, scaled, times, UNKNOWN, ZERO } from './ranges.ts';
import { CHECK_COST, FORMAT_PATTERN_SIZE, REGEX_FACTOR, STRING_FACTOR } from './runtime-cost.ts';
import type { Expr } from './syntax.ts';
import type { CelType } from './types.ts';

export type Path = readonly string[];

/** An operand as the rules for calls see it. */
export interface Operand {
  readonly expr: Expr | undefined;
  readonly type: CelType;
  readonly path: Path | undefined;
  readonly size: Range | undefined;
}

export interface Estimate {
  readonly cost: Range;
  readonly size?: Range;
}

/** Sizes of operands, as far as they are known. */
export interface Sizes {
  sizeOf(operand: Operand | undefined): Range;
  /** An element of a list, where the type is known. */
  element(list: Operand): Operand | undefined;
}

export function matching(subject: Range, regex: Range): Range {
  return times(scaled(add(subject, fixed(1)), STRING_FACTOR), scaled(regex, REGEX_FACTOR));
}

/** Those that are compared at once, however long their text is. */
const COMPARED_AT_ONCE = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  'kubernetes.authorization.Authorizer',
  'kubernetes.authorization.Decision',
  'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.PathCheck',
  'kubernetes.authorization.ResourceCheck',
]);

export class LibraryCosts {
  readonly #sizes: Sizes;
  constructor(sizes: Sizes) {
    this.#sizes = sizes;
  }

  /** Kubernetes' own functions. */
  estimate(overload: Overload, target: Operand | undefined, args: readonly Operand[]): Estimate | undefined {
    const first = args[0];
    switch (overload.name) {
      // `!=` has no rule of its own there, and costs what a comparison of values of unknown size does.
      case '_==_':
        return args.every(({ type }) => COMPARED_AT_ONCE.has(type.name)) ? { cost: fixed(1) } : undefined;
      case 'check':
        return { cost: fixed(CHECK_COST) };
      case 'isSorted':
      case 'sum':
      case 'max':
      case 'min':
      case 'indexOf':
      case 'lastIndexOf':
        return target && { cost: this.#walk(target) };
      case 'url':
      case 'jsonpatch.escapeKey': {
        const size = this.#sizes.sizeOf(first);
        return { cost: scaled(size, STRING_FACTOR), size };
      }
      case 'lowerAscii':
      case 'upperAscii':
      case 'substring':
      case 'trim': {
        const size = this.#sizes.sizeOf(target);
        return { cost: scaled(size, STRING_FACTOR), size };
      }
      case 'replace':
        return { cost: scaled(this.#sizes.sizeOf(target), 2 * STRING_FACTOR), size: this.#replaced(target, args) };
      case 'split': {
        const size = this.#sizes.sizeOf(target);
        const limit = args[1]?.expr?.kind === 'literal' ? args[1].expr.value : undefined;
        return {
          cost: scaled(size, 2 * STRING_FACTOR),
          size: range(0, typeof limit === 'bigint' ? Number(limit) : size.max),
        };
      }
      case 'join': {
        const size = this.#joined(target, first);
        return { cost: scaled(size, STRING_FACTOR), size };
      }
      case 'find':
      case 'findAll': {
        const size = this.#sizes.sizeOf(target);
        return { cost: matching(size, this.#sizes.sizeOf(first)), size: range(0, size.max) };
      }
      case 'cidr':
      case 'isIP':
      case 'isCIDR':
      case 'quantity':
      case 'isQuantity':
      case 'semver':
      case 'isSemver':
        return { cost: scaled(this.#sizes.sizeOf(first), STRING_FACTOR) };
      case 'ip':
        return { cost: overload.member ? fixed(1) : scaled(this.#sizes.sizeOf(first), STRING_FACTOR) };
      case 'ip.isCanonical':
        return { cost: scaled(this.#sizes.sizeOf(first), 2 * STRING_FACTOR) };
      case 'containsIP':
      case 'containsCIDR':
        return { cost: this.#containment(overload, first) };
      case 'validate':
        return { cost: scaled(scaled(this.#sizes.sizeOf(first), STRING_FACTOR), FORMAT_PATTERN_SIZE * REGEX_FACTOR) };
      default:
        return undefined;
    }
  }

  #walk(target: Operand): Range {
    const element = target.type.kind === 'list' ? this.#sizes.element(target) : undefined;
    const size = this.#sizes.sizeOf(target);
    if (!element) return scaled(size, STRING_FACTOR);
    const isText = element.type.kind === 'string' || element.type.kind === 'bytes';
    return times(size, isText ? add(fixed(1), scaled(this.#sizes.sizeOf(element), STRING_FACTOR)) : fixed(1));
  }

  #joined(target: Operand | undefined, separator: Operand | undefined): Range {
    if (!target) return UNKNOWN;
    const count = this.#sizes.sizeOf(target);
    const element = this.#sizes.element(target);
    const texts = element ? times(count, this.#sizes.sizeOf(element)) : ZERO;
    if (!separator) return texts;
    return add(
      texts,
      times(this.#sizes.sizeOf(separator), range(Math.max(0, count.min - 1), Math.max(0, count.max - 1))),
    );
  }

  #replaced(target: Operand | undefined, args: readonly Operand[]): Range {
    const whole = this.#sizes.sizeOf(target);
    const from = this.#sizes.sizeOf(args[0]);
    const to = this.#sizes.sizeOf(args[1]);
    const longest =
      from.min === 0
        ? [whole.max + 1, whole.max]
        : to.max <= from.min
          ? [0, whole.max]
          : [Math.ceil(whole.max / from.min), 0];
    const shortest =
      from.max === 0
        ? [whole.min + 1, whole.min]
        : from.max <= to.min
          ? [0, whole.min]
          : [Math.ceil(whole.min / from.max), 0];
    const [mostTimes = 0, mostKept = 0] = longest;
    const [leastTimes = 0, leastKept = 0] = shortest;
    return add(times(range(leastTimes, mostTimes), to), range(leastKept, mostKept));
  }

  /** Addresses have 4 or 16 bytes; a string has to be parsed first. */
  #containment(overload: Overload, arg: Operand | undefined): Range {
    const address = range(4, 16);
    let cost = scaled(add(address, address), STRING_FACTOR);
    if (overload.name === 'containsCIDR') cost = add(add(cost, scaled(address, STRING_FACTOR)), fixed(1));
    if (overload.params[1]?.kind === 'string') cost = add(cost, scaled(this.#sizes.sizeOf(arg), STRING_FACTOR));
    return cost;
  }
}
