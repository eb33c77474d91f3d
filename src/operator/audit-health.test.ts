import { expect, it } from 'vitest';
import { AuditHealth } from './audit-health.ts';
import type { AuditEntry } from './ports.ts';

const ENTRY: AuditEntry = {
  at: '2026-01-01T00:00:00Z',
  entry: 'intent',
  action: 'a/b',
  actionUid: 'u',
  attempt: 1,
  method: 'POST',
  path: '/x',
  dryRun: 'none',
};

function playing() {
  const disk = { full: false };
  let changes = 0;
  const problem = () => (disk.full ? 'the disk is full' : undefined);
  const record = () => (disk.full ? Promise.reject(new Error('the disk is full')) : Promise.resolve());
  const health = new AuditHealth({ record, problem }, () => void changes++);
  return { disk, health, changes: () => changes };
}

it('a trail that fails is told once, and that it works again once', async () => {
  const { disk, health, changes } = playing();
  await health.record(ENTRY);
  expect([health.problem(), changes()]).toEqual([undefined, 0]);
  disk.full = true;
  await expect(health.record(ENTRY)).rejects.toThrow('the disk is full');
  await expect(health.record(ENTRY)).rejects.toThrow('the disk is full');
  expect([health.problem(), changes()]).toEqual(['the disk is full', 1]);
  disk.full = false;
  expect([health.problem(), changes()]).toEqual([undefined, 2]);
});

it('a sink that cannot tell is asked to take the next record', async () => {
  let changes = 0;
  const health = new AuditHealth({ record: () => Promise.reject(new Error('EPIPE')) }, () => void changes++);
  await expect(health.record(ENTRY)).rejects.toThrow('EPIPE');
  expect([health.problem(), changes]).toEqual([undefined, 2]);
});
