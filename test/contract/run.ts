/** The contract against the cluster that KUBECONFIG names. Everything happens in namespaces and CRDs of random names, deleted at the end. */
import { kubeconfigConnection } from '../../src/kube/config/kubeconfig.ts';
import { createHttpTransport } from '../../src/kube/transport/http.ts';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { CONTRACT } from './cases.ts';
import { playCase } from './runner.ts';

const { KUBECONFIG, HOME } = process.env;
const connection = await kubeconfigConnection({ env: { KUBECONFIG, HOME }, clock: systemClock });
const transport = createHttpTransport({ connection, clock: systemClock });
const prng = new Prng(systemClock.now());
let failed = 0;
for (const contract of CONTRACT) {
  const problems = await playCase(contract, { transport, clock: systemClock, id: `t${prng.suffix(8)}` });
  if (problems.length > 0) failed++;
  process.stdout.write(
    `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${contract.title}\n${problems.map((problem) => `       ${problem}\n`).join('')}`,
  );
}
process.stdout.write(`${CONTRACT.length - failed} of ${CONTRACT.length} cases hold\n`);
process.exitCode = failed === 0 ? 0 : 1;
