/**
 * `make eval`: how often the rules name the right cause, by suite and fault family, and with a model where the
 * environment names its server. `--mistakes` prints the other cases, `--cases 20` plays as many of each suite.
 */
import { parseArgs } from 'node:util';
import { cloudOpsBench } from './eval/cloudopsbench/suite.ts';
import { evaluated } from './eval/evaluation.ts';
import { holmesGpt } from './eval/holmesgpt.ts';
import { modelsOf } from './eval/model.ts';
import { ownScenarios } from './eval/own.ts';
import { reenacted } from './eval/reenacted.ts';

const { values } = parseArgs({
  options: { mistakes: { type: 'boolean' }, cases: { type: 'string' }, suite: { type: 'string' } },
});
const { CLOUDOPSBENCH: folder, CLOUDOPSBENCH_SYSTEM: system = 'boutique' } = process.env;

const models = await modelsOf(process.env);
if (models.length === 0)
  console.log(
    'Rules alone. For a model name its server in OLLAMA_HOST or OPENAI_BASE_URL, and a model in EVAL_MODEL.\n',
  );
const { ITBENCH: itbench, SREGYM: sregym, AIOPSLAB: aiopslab, HOLMESGPT: holmes } = process.env;
const suites = [
  ownScenarios,
  ...(folder === undefined ? [] : [cloudOpsBench(folder, system)]),
  ...(holmes === undefined ? [] : [holmesGpt(holmes)]),
  ...(itbench === undefined ? [] : [reenacted('ITBench', itbench)]),
  ...(sregym === undefined ? [] : [reenacted('SREGym', sregym)]),
  ...(aiopslab === undefined ? [] : [reenacted('AIOpsLab', aiopslab)]),
].filter(({ title }) => values.suite === undefined || title.startsWith(values.suite));
for (const suite of suites) {
  const { tables, mistakes } = await evaluated(suite, {
    models,
    cases: values.cases === undefined ? undefined : Number(values.cases),
    signal: new AbortController().signal,
  });
  console.log(`${tables.join('\n\n')}\n`);
  if (values.mistakes === true)
    console.log(`${mistakes.join('\n')}\nNot played: ${suite.without?.join(', ') ?? 'none'}\n`);
}
if (folder === undefined)
  console.log(
    'Cloud-OpsBench: not run. Name its folder in CLOUDOPSBENCH, a system in CLOUDOPSBENCH_SYSTEM (boutique).',
  );
