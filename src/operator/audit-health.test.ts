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
  const health = new AuditHealth({
    sink: { record, problem },
    clock: { now: () => 0 },
    onChange: () => void changes++,
  });
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

it('a sink that cannot tell is given a record after ten seconds, and is said to fail until it takes one', async () => {
  const clock = { time: 0, now: () => clock.time };
  const pipe = { broken: true };
  let changes = 0;
  const record = () => (pipe.broken ? Promise.reject(new Error('EPIPE')) : Promise.resolve());
  const health = new AuditHealth({ sink: { record }, clock, onChange: () => void changes++ });
  await expect(health.record(ENTRY)).rejects.toThrow('EPIPE');
  expect([health.problem(), health.failure(), changes]).toEqual(['EPIPE', 'EPIPE', 1]);
  clock.time = 10_000;
  expect([health.problem(), health.failure(), changes]).toEqual([undefined, 'EPIPE', 1]);
  await expect(health.record(ENTRY)).rejects.toThrow('EPIPE');
  expect([health.problem(), changes]).toEqual(['EPIPE', 1]);
  pipe.broken = false;
  clock.time = 20_000;
  await health.record(ENTRY);
  expect([health.problem(), health.failure(), changes]).toEqual([undefined, undefined, 2]);
});
