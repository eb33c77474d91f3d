import { describe, expect, it } from 'vitest';
import { compiledSchema } from './compiled-schema.ts';

const CHECK = { path: 'spec.validation.openAPIV3Schema', statusEnabled: true };
const schema = (maximum: number) => ({
  type: 'object',
  properties: { spec: { type: 'object', properties: { replicas: { type: 'integer', maximum, default: 1 } } } },
});

describe('a compiled schema', () => {
  it('is one for equal texts, and another for another text', () => {
    expect(compiledSchema(schema(3))).toBe(compiledSchema(schema(3)));
    expect(compiledSchema(schema(3))).not.toBe(compiledSchema(schema(4)));
  });

  it('is not there where there is no schema', () => {
    expect([compiledSchema(undefined), compiledSchema(null), compiledSchema('object')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('stays as it was when the draft that it was made of changes', () => {
    const draft = schema(5);
    const compiled = compiledSchema(draft);
    draft.properties.spec.properties.replicas.maximum = 9;
    expect(compiled?.instances.validate({ spec: { replicas: 6 } })).toHaveLength(1);
    expect(compiledSchema(schema(5))).toBe(compiled);
  });

  it('tells its errors for each place and each way that it is declared in', () => {
    const compiled = compiledSchema({ type: 'array' });
    const paths = (check: typeof CHECK) => compiled?.errors(check).map(({ field }) => field);
    expect(paths(CHECK)).toContain('spec.validation.openAPIV3Schema.type');
    expect(paths({ ...CHECK, path: 'spec.versions[1].schema.openAPIV3Schema' })).toContain(
      'spec.versions[1].schema.openAPIV3Schema.type',
    );
    expect(paths({ ...CHECK, statusEnabled: false })).not.toEqual(paths(CHECK));
    expect(paths(CHECK)).toEqual(paths(CHECK));
  });

  it('is forgotten when sixteen others were used since, and not before', () => {
    const first = compiledSchema(schema(100));
    for (let other = 1; other <= 15; other++) compiledSchema(schema(100 + other));
    expect(compiledSchema(schema(100))).toBe(first);
    for (let other = 1; other <= 16; other++) compiledSchema(schema(200 + other));
    expect(compiledSchema(schema(100))).not.toBe(first);
  });
});
