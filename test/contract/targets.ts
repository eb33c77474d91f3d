/**
 * What the suite runs against: the API server alone with access on, the whole embedded cluster, both in process and
 * over HTTP, and any cluster.
 */
import { createAgent, createHttpTransport } from '../../src/kube/transport/http.ts';
import type { Transport } from '../../src/shapes/transport.ts';
import { createSandbox, type SandboxOptions } from '../../src/sandbox/index.ts';
import { type Clock, scaledClock, systemClock } from '../../src/std/clock.ts';
import type { Need } from './case.ts';
import type { Target } from './runner.ts';

/** Waits of seconds and minutes (progress deadlines, cron schedules, time-outs of watches) pass in little time. */
const SPEED = 40;
const ADMIN = { name: 'admin', groups: ['system:masters'] };
const TOKEN = 'contract';

export interface OpenTarget extends Target {
  close(): Promise<void>;
}
export type Way = 'in process' | 'over HTTP';

const alone = (clock: Clock): SandboxOptions => ({
  clock,
  controllers: 'off',
  scheduler: 'off',
  kubelet: 'off',
  access: { mode: 'on', anonymous: 'refused', users: new Map([[TOKEN, ADMIN]]) },
});
const whole = (clock: Clock): SandboxOptions => ({
  clock,
  nodes: 2,
  access: { mode: 'on', anonymous: 'refused', users: new Map([[TOKEN, ADMIN]]) },
});

export const SANDBOXES: readonly (readonly [
  name: string,
  options: (clock: Clock) => SandboxOptions,
  has: readonly Need[],
])[] = [
  ['the API server alone', alone, ['access']],
  ['the whole cluster', whole, ['access', 'controllers', 'nodes']],
];

interface Kind {
  readonly options: (clock: Clock) => SandboxOptions;
  readonly has: readonly Need[];
}

export async function openSandbox(way: Way, { options, has }: Kind): Promise<OpenTarget> {
  const clock = scaledClock(systemClock, SPEED);
  const sandbox = createSandbox(options(clock));
  const shared = { clock, has: new Set(has), close: () => sandbox.close() };
  if (way === 'in process') return { ...shared, transport: withToken(sandbox.transport()) };
  const { url } = await sandbox.serve({ port: 0 });
  return { ...shared, transport: httpTransport(url) };
}

const withToken = (transport: Transport): Transport => ({
  send: (request, signal) =>
    transport.send({ ...request, headers: { ...request.headers, authorization: `Bearer ${TOKEN}` } }, signal),
});
function httpTransport(url: string): Transport {
  const agent = createAgent(url, {});
  const connection = {
    server: url,
    namespace: undefined,
    credentials: async () => ({ headers: { authorization: `Bearer ${TOKEN}` }, agent }),
    invalidate: () => undefined,
  };
  return createHttpTransport({ connection, clock: systemClock });
}
