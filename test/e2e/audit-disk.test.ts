/**
 * A disk that is full, as the system shows it: a limit on the size of files, at which a write ends in the middle. The
 * audit trail keeps what it accepted, and nothing else.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { CHAIN_START, checkChain } from '../../src/adapters/audit/chain.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-disk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const repository = join(import.meta.dirname, '../..');
const program = `
  import { AuditFile } from ${JSON.stringify(join(repository, 'src/adapters/audit/audit-file.ts'))};
  const clock = { now: () => Date.now() };
  const path = process.argv[2];
  const file = new AuditFile({ path, maxBytes: 1e6, keep: 1, sync: 'always', clock, onRepair: () => undefined });
  const what = { entry: 'intent', action: 'a/b', actionUid: 'u', method: 'POST', path: '/x', dryRun: 'none' };
  const entry = { at: '2026-01-01T00:00:00Z', ...what };
  const accepted = [];
  for (let attempt = 1; attempt <= 30; attempt++)
    await file.record({ ...entry, attempt }).then(() => accepted.push(attempt), () => undefined);
  console.log(JSON.stringify({ accepted, problem: file.problem() }));
`;

it('a full disk tears no record: what was accepted is there, and nothing else (I30)', () => {
  const [script, path] = [join(folder, 'program.mts'), join(folder, 'audit.jsonl')];
  writeFileSync(script, program);
  // In blocks of 1,024 bytes. Without the trap the system ends the process at the limit.
  const command = `ulimit -f 4; trap '' XFSZ; exec "$0" "$1" "$2"`;
  const tsx = join(repository, 'node_modules/.bin/tsx');
  const said = execFileSync('bash', ['-c', command, tsx, script, path], { encoding: 'utf8', cwd: repository });
  const { accepted, problem } = JSON.parse(said) as { accepted: readonly number[]; problem: string };
  const text = readFileSync(path, 'utf8');
  const { records, problems } = checkChain(text, CHAIN_START);
  const kept = text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { attempt: number }).attempt);
  expect(accepted.length).toBeGreaterThan(3);
  expect(accepted.length).toBeLessThan(30);
  expect([kept, records, problems]).toEqual([accepted, accepted.length, []]);
  expect(problem).toMatch(/EFBIG$/);
});
