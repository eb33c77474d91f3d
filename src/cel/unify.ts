/** Assignability with type parameters, after the rules of the original checker. */
import { type CelType, DYN, isDynOrError, sameType } from './types.ts';

export class Substitution {
  readonly #bound: Map<string, CelType>;
  constructor(bound: ReadonlyMap<string, CelType> = new Map()) {
    this.#bound = new Map(bound);
  }
  copy(): Substitution {
    return new Substitution(this.#bound);
  }
  find(type: CelType): CelType | undefined {
    return type.kind === 'param' ? this.#bound.get(type.name) : undefined;
  }
  bind(param: CelType, type: CelType): void {
    this.#bound.set(param.name, type);
  }
  /** Replaces bound parameters; unbound ones stay, or become dyn. */
  apply(type: CelType, unbound: 'keep' | 'toDyn' = 'keep'): CelType {
    const found = this.find(type);
    if (found) return this.apply(found, unbound);
    if (type.kind === 'param') return unbound === 'toDyn' ? DYN : type;
    if (type.params.length === 0) return type;
    const params = type.params.map((param) => this.apply(param, unbound));
    return params.every((param, index) => param === type.params[index]) ? type : { ...type, params };
  }
}

/** Whether `from` can stand where `to` is wanted; binds parameters on the way. */
export function isAssignable(bound: Substitution, from: CelType, to: CelType): boolean {
  if (to.kind === 'param') {
    const outcome = substitutes(bound, from, to);
    if (outcome === 'fits') return true;
    if (outcome === 'conflicts') return false;
  }
  if (from.kind === 'param') return substitutes(bound, to, from) === 'fits';
  if (isDynOrError(from) || isDynOrError(to)) return true;
  if (from.kind === 'null') return to.kind === 'null' || isNullable(to);
  if (to.kind === 'null') return isNullable(from);
  if (from.kind === 'type') return to.kind === 'type';
  if (from.kind === 'opaque' || from.kind === 'list' || from.kind === 'map') {
    if (from.kind !== to.kind || from.name !== to.name || from.params.length !== to.params.length) return false;
    return from.params.every((param, index) => isAssignable(bound, param, to.params[index] as CelType));
  }
  if (from.kind === 'object')
    return to.kind === 'object' && (from === to || (from.name === to.name && from.fields === to.fields));
  return sameType(from, to);
}

const isNullable = (type: CelType): boolean => ['opaque', 'object', 'duration', 'timestamp'].includes(type.kind);

/** Can `param` stand for `type`? `unbound` only when it would have to contain itself. */
function substitutes(bound: Substitution, type: CelType, param: CelType): 'fits' | 'conflicts' | 'unbound' {
  if (type.kind === 'param' && type.name === param.name) return 'fits';
  const known = bound.find(param);
  if (known) {
    if (type === known || (type.kind === known.kind && type.kind !== 'object' && sameType(type, known))) return 'fits';
    if (!isAssignable(bound, type, known)) return 'conflicts';
    const general = mostGeneral(type, known);
    if (!occurs(bound, param, general)) bound.bind(param, general);
    return 'fits';
  }
  if (occurs(bound, param, type)) return 'unbound';
  bound.bind(param, type);
  return 'fits';
}

function occurs(bound: Substitution, param: CelType, type: CelType): boolean {
  if (type.kind === 'param') {
    if (type.name === param.name) return true;
    const known = bound.find(type);
    return known !== undefined && occurs(bound, param, known);
  }
  return type.params.some((inner) => occurs(bound, param, inner));
}

/** Of two types that agree the less specific one. */
export function mostGeneral(a: CelType, b: CelType): CelType {
  return isLessSpecific(a, b) ? a : b;
}

function isLessSpecific(a: CelType, b: CelType): boolean {
  if (isDynOrError(a) || a.kind === 'param') return true;
  if (isDynOrError(b) || b.kind === 'param') return false;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.kind === 'type' || a.params.every((param, index) => isLessSpecific(param, b.params[index] as CelType));
}
