/**
 * CEL, the Common Expression Language, with the functions of Kubernetes 1.36: all that other folders use of it.
 *
 *     const compiled = compile('self.replicas <= 5', new Map([['self', DYN]]));
 *     if ('issues' in compiled) throw new Error(compiled.issues);
 *     const self = fromJson({ replicas: 3 }, DYN);
 *     compiled.program.run((name) => (name === 'self' ? self : undefined), new Meter(1_000)); // true
 *
 * An expression is parsed and checked once, against the types of its variables. Its cost is estimated before it runs
 * (`maxCost`) and counted while it runs (`Meter`).
 */
export { BINDINGS, JSON_PATCH_TYPE, OBJECT_TYPE, PATCHES, PLAIN } from './dialect.ts';
export { CelError, CostExceeded } from './errors.ts';
export { type Bindings, Meter } from './evaluate.ts';
export { type Authority, AuthorizerValue, ResourceCheck } from './libraries/authorizer.ts';
export { compile, type Program } from './program.ts';
export { compilePattern } from './standard.ts';
export { isKnownFormat, stringFormat } from './string-formats.ts';
export { formatDurationSeconds, formatInstant } from './time.ts';
export {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  formatType,
  INT,
  listOf,
  mapOf,
  type ObjectField,
  opaque,
  optionalOf,
  sameType,
  STRING,
  TIMESTAMP,
} from './types.ts';
export {
  codePointLength,
  Duration,
  fromJson,
  JsonMapping,
  Mapping,
  MapValue,
  MessageValue,
  Optional,
  Timestamp,
  Uint,
  type Value,
} from './values.ts';
