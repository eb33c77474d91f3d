/** Literals of the types that say how to change an object. */
import { describe, expect, it } from 'vitest';
import { PATCHES, PLAIN } from './dialect.ts';
import { CelError } from './errors.ts';
import { Meter } from './evaluate.ts';
import { compile } from './program.ts';
import { type CelType, DYN, formatType } from './types.ts';
import { fromJson, type Value } from './values.ts';

const VARIABLES = new Map<string, CelType>([['object', DYN]]);

function run(source: string, object: unknown = {}, meter = new Meter(1_000)): Value {
  const compiled = compile(source, VARIABLES, PATCHES);
  if ('issues' in compiled) throw new CelError(compiled.issues);
  return compiled.program.run((name) => (name === 'object' ? fromJson(object, DYN) : undefined), meter);
}

const issuesOf = (source: string, dialect = PATCHES): string => {
  const compiled = compile(source, VARIABLES, dialect);
  return 'issues' in compiled ? compiled.issues : '';
};

describe('what literals of patches mean', () => {
  it.each<[string, unknown]>([
    ['Object{spec: Object.spec{replicas: 3}}.spec.replicas', 3n],
    ['Object{list: [1, 2, 3]}.list.sum()', 6n],
    ['Object{a: 1 + 1} == Object{a: 2}', true],
    ['Object{a: 1} == Object{a: 2}', false],
    ['dyn(Object.x{}) == dyn(Object.y{})', false],
    ['Object{}.unset == null', true],
    ['has(Object{a: 1}.a) && !has(Object{}.a)', true],
    ['Object{a: 1}.?a.hasValue()', false],
    ['has(Object{?a: object.?missing}.a)', false],
    ['Object{?a: object.?there}.a', 'x'],
    ['optional.ofNonZeroValue(Object{}).hasValue()', false],
    ['JSONPatch{op: "add", path: "/a"}.path', '/a'],
    ['JSONPatch{op: "add"}.from', ''],
    ['JSONPatch{op: "add", value: [1]}.value[0]', 1n],
    ['([JSONPatch{op: "a"}] + [JSONPatch{op: "b"}]).map(p, p.op).join(",")', 'a,b'],
    ['jsonpatch.escapeKey("a/b~c")', 'a~1b~0c'],
    ['.JSONPatch{op: "add"}.op', 'add'],
  ])('%s', (source, wanted) => {
    expect(run(source, { there: 'x' })).toEqual(wanted);
  });

  it.each([
    ['Object{}', 'Object'],
    ['Object.spec.template{}', 'Object.spec.template'],
    ['[JSONPatch{}]', 'list(JSONPatch)'],
    ['true ? [JSONPatch{}] : []', 'list(JSONPatch)'],
    ['[]', 'list(dyn)'],
    ['Object{}.anything', 'dyn'],
  ])('%s is a %s', (source, type) => {
    const compiled = compile(source, VARIABLES, PATCHES);
    expect('program' in compiled && formatType(compiled.program.type)).toBe(type);
  });

  it('costs the literal and what is in it', () => {
    const meter = new Meter(1_000);
    run('Object{a: Object.a{}}', {}, meter);
    expect(meter.spent).toBe(80);
  });

  it.each([
    ['JSONPatch{op: 1}', "1:13: expected type of field 'op' is 'string' but provided type is 'int'"],
    ['JSONPatch{frob: 1}', "1:15: undefined field 'frob'"],
    ['Object{?a: 1}', "1:12: expected type 'optional_type(int)' but found 'int'"],
    ['Frob{a: 1}', "1:5: undeclared reference to 'Frob' (in container '')"],
    ['string{}', "1:7: 'string' is not a message type"],
    ['object{}', "1:7: 'dyn' is not a type"],
    ['true ? Object{} : Object.x{}', "found no matching overload for '_?_:_' applied to '(bool, Object, Object.x)'"],
    ['jsonpatch.escapeKey(1)', "found no matching overload for 'jsonpatch.escapeKey' applied to '(int)'"],
  ])('%s does not check', (source, wanted) => {
    expect(issuesOf(source)).toContain(wanted);
  });

  it('tells at run time what the checker could not know', () => {
    expect(() => run('JSONPatch{path: object.n}', { n: 1 })).toThrow(
      "unexpected type int64 for JSONPatchType 'path' field",
    );
    expect(() => run('Object{?a: dyn(1)}')).toThrow("cannot initialize optional entry 'a' from non-optional value");
  });

  it('has no such types elsewhere', () => {
    expect(issuesOf('Object{}', PLAIN)).toContain("undeclared reference to 'Object'");
    expect(issuesOf('jsonpatch.escapeKey("a")', PLAIN)).toContain("undeclared reference to 'jsonpatch'");
  });
});
