/** What a line is about must not stand in a field that is blacked out: the name of a Secret is no secret. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SECRET_FIELDS } from '../../src/adapters/logging.ts';

const SOURCE = join(import.meta.dirname, '../../src');
const CALL = /\blogger\s*\.\w+\(\s*\{([^}]*)/g;

it('no line names its subject under a field that is blacked out', () => {
  const named = new RegExp(`\\b(${SECRET_FIELDS.join('|')})\\s*(?=[:,}]|$)`);
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  );
  const calls = files.flatMap((file) =>
    [...readFileSync(join(SOURCE, file), 'utf8').matchAll(CALL)].map(([, fields = '']) => ({ file, fields })),
  );
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.filter(({ fields }) => named.test(fields))).toEqual([]);
});
