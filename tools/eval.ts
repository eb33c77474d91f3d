/** `make eval`: how often the rules name the right cause, by suite and fault family. `--mistakes` prints the others. */
import { cloudOpsBench } from './eval/cloudopsbench/suite.ts';
import { ownScenarios } from './eval/own.ts';

const { CLOUDOPSBENCH: folder, CLOUDOPSBENCH_SYSTEM: system = 'boutique' } = process.env;
const verbose = process.argv.includes('--mistakes');

const own = await ownScenarios();
console.log(own.score.text('Scenarios of our own on the embedded cluster, rules alone'));
if (verbose) console.log(own.mistakes.join('\n'));
console.log('');
if (folder === undefined) {
  console.log(
    'Cloud-OpsBench: not run. Name its folder in CLOUDOPSBENCH, and a system in CLOUDOPSBENCH_SYSTEM (boutique).',
  );
} else {
  const { score, mistakes, unknown } = cloudOpsBench(folder, system);
  console.log(score.text(`Cloud-OpsBench, ${system}, rules alone`));
  if (unknown.length > 0) console.log(`Labels that no cause is known for: ${unknown.join(', ')}`);
  if (verbose) console.log(mistakes.join('\n'));
}
