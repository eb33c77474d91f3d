/**
 * `@kubernetes/client-node` as its users know it, against the embedded cluster over HTTP: one session, each step
 * building on those before.
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { CORE_STEPS } from './client-node/core-steps.ts';
import { CUSTOM_STEPS } from './client-node/custom-steps.ts';
import { ROLLOUT_STEPS } from './client-node/rollout-steps.ts';
import { startCluster } from './client-node/session.ts';
import { WORKLOAD_STEPS } from './client-node/workload-steps.ts';

const STEPS = [...CORE_STEPS, ...ROLLOUT_STEPS, ...WORKLOAD_STEPS, ...CUSTOM_STEPS];

describe(`a session of ${STEPS.length} steps through @kubernetes/client-node`, () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startCluster();
  });
  afterAll(() => sandbox.close());

  test.each(STEPS)('%s', async (_, step) => {
    await step();
  });
});
