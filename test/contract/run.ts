/**
 * The contract against the cluster that KUBECONFIG names. Everything happens in namespaces and CRDs of random names,
 * deleted at the end.
 */
import { kubeconfigConnection } from '../../src/kube/config/kubeconfig.ts';
import { createHttpTransport } from '../../src/kube/transport/http.ts';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { CONTRACT } from './cases.ts';
import { probe } from './probe.ts';
import { lacking, playCase } from './runner.ts';

const { KUBECONFIG, HOME } = process.env;
const connection = await kubeconfigConnection({ env: { KUBECONFIG, HOME }, clock: systemClock });
const transport = createHttpTransport({ connection, clock: systemClock });
const prng = new Prng(systemClock.now());
const target = { transport, clock: systemClock, has: await probe(transport, systemClock) };
const count = { held: 0, differing: 0, 'left out': 0 };
const print = (line: string) => process.stdout.write(`${line}\n`);
print(`${connection.server} has: ${[...target.has].join(', ') || 'an API server alone'}`);
for (const [area, cases] of Object.entries(CONTRACT)) {
  for (const contract of cases) {
    const lacks = lacking(contract, target);
    if (lacks.length > 0) {
      count['left out']++;
      print(`left out  ${area}: ${contract.title} (needs ${lacks.join(' and ')})`);
      continue;
    }
    const problems = await playCase(contract, { ...target, id: `t${prng.suffix(8)}` });
    count[problems.length === 0 ? 'held' : 'differing']++;
    print(`${problems.length === 0 ? 'holds     ' : 'DIFFERS   '}${area}: ${contract.title}`);
    for (const problem of problems) print(`          ${problem}`);
  }
}
print(`${count.held} cases hold, ${count.differing} differ, ${count['left out']} left out`);
process.exitCode = count.differing === 0 ? 0 : 1;
