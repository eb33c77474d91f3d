/** What the program says when it cannot start as it is told to: one line, with what to do, and no trace. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { kubeconfigText } from '../../src/cli/sandbox/sandbox.ts';
import { createSandbox, type HttpServer } from '../../src/sandbox/index.ts';
import { systemClock } from '../../src/std/clock.ts';
import { PROGRAM } from '../kit/process-cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-bad-input-'));
const sandbox = createSandbox({ clock: systemClock, controllers: 'off', scheduler: 'off', kubelet: 'off' });
let http: HttpServer;
let busy: Server;
beforeAll(async () => {
  http = await sandbox.serve({ port: 0 });
  writeFileSync(join(folder, 'kubeconfig'), kubeconfigText(http.url, new Map()));
  writeFileSync(join(folder, 'broken.mjs'), 'export default {');
  busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
});
afterAll(async () => {
  busy.close();
  await http.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const OFF = { metricsBindAddress: '0', healthProbeBindAddress: '0' };
const port = (): number => (busy.address() as AddressInfo).port;

it.each<[string, () => object, number, RegExp]>([
  [
    'an unknown key',
    () => ({ ...OFF, maxConcurent: 3 }),
    2,
    /^kubeskippy: .*settings\.yaml:3: maxConcurent is not a setting; did you mean maxConcurrent\?$/,
  ],
  [
    'a bad value',
    () => ({ ...OFF, logLevel: 'loud' }),
    2,
    /^kubeskippy: .*settings\.yaml:3: logLevel must be one of debug, info, warn, error$/,
  ],
  [
    'two of which one is wanted',
    () => ({ ...OFF, endpoints: [{ name: 'ops', url: 'https://a.example', urlFile: '/etc/url' }] }),
    2,
    /^kubeskippy: .*settings\.yaml:5: endpoints\[0\]\.url needs exactly one of url and urlFile$/,
  ],
  [
    'a plugin that cannot be read',
    () => ({ ...OFF, plugins: [join(folder, 'nowhere.mjs')] }),
    2,
    /^kubeskippy: plugin .*nowhere\.mjs: it cannot be loaded: Cannot find module/,
  ],
  [
    'a plugin that is no module',
    () => ({ ...OFF, plugins: [join(folder, 'broken.mjs')] }),
    2,
    /^kubeskippy: plugin .*broken\.mjs: it cannot be loaded: Unexpected end of input$/,
  ],
  [
    'a port that is in use',
    () => ({ ...OFF, healthProbeBindAddress: `127.0.0.1:${port()}` }),
    1,
    /^kubeskippy: cannot listen on 127\.0\.0\.1:\d+: another program listens there/,
  ],
  [
    'an audit file that cannot be written',
    () => ({ ...OFF, auditFile: join(folder, 'nowhere/audit.jsonl') }),
    1,
    /^kubeskippy: cannot open the audit trail .*audit\.jsonl: no such file or folder$/,
  ],
  [
    'a folder of decisions that cannot be made',
    () => ({ ...OFF, recordDecisions: join(folder, 'kubeconfig/decisions') }),
    2,
    /^kubeskippy: cannot record decisions in .*decisions: a part of its path is a file, and no folder$/,
  ],
])('%s is said in one line', async (_title, settings, status, line) => {
  const file = join(folder, 'settings.yaml');
  writeFileSync(file, stringify(settings()));
  const flags = ['run', '--kubeconfig', join(folder, 'kubeconfig'), '--config', file];
  const program = spawn(process.execPath, [PROGRAM, ...flags], { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
  const [said, [code]] = await Promise.all([text(program.stderr), once(program, 'exit')]);
  const lines = said.trimEnd().split('\n');
  // The log, where it had begun, has lines of its own form.
  const own = lines.filter((one) => !one.startsWith('{'));
  expect([code, own]).toEqual([status, [expect.stringMatching(line)]]);
});
