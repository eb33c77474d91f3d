/** `make eval`: how often the rules name the right cause, by suite and fault family. */
import { cloudOpsBench } from './eval/cloudopsbench/suite.ts';

const { CLOUDOPSBENCH: folder, CLOUDOPSBENCH_SYSTEM: system = 'boutique' } = process.env;
const verbose = process.argv.includes('--mistakes');

if (folder === undefined) {
  console.log(
    'Cloud-OpsBench: not run. Name its folder in CLOUDOPSBENCH, and a system in CLOUDOPSBENCH_SYSTEM (boutique).',
  );
} else {
  const { score, mistakes, unknown } = cloudOpsBench(folder, system);
  console.log(score.text(`Cloud-OpsBench, ${system}, rules alone`));
  if (unknown.length > 0) console.log(`labels that no cause is known for: ${unknown.join(', ')}`);
  if (verbose) console.log(mistakes.join('\n'));
}
