import { Option } from 'commander';
import type { ShowOptions } from '../audit/show-trail.ts';
import type { VerifyOptions } from '../audit/verify-trail.ts';
import { answerOption, examples, period } from '../flags.ts';
import type { Verb } from './verb.ts';

export const auditVerb: Verb = (program, environment) => {
  const audit = program.command('audit').description('read the audit trail of an operator, and prove that it is whole');
  const file = "the file that the operator's configuration names as auditFile; older ones beside it are read too";
  const show = audit
    .command('show')
    .description('print what was sent and what came of it, one line each, oldest first')
    .argument('<file>', file)
    .option('--action <name>', 'of this HealingAction alone: its name, or namespace/name')
    .option('--since <duration>', 'nothing that is older, for example 2h', period)
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(async (path: string, options: ShowOptions) => {
      const { showTrail } = await import('../audit/show-trail.ts');
      await showTrail(path, options, environment);
    });
  const verify = audit
    .command('verify')
    .description(
      'check the chain of hashes: exit status 1 when a record was changed, removed or torn, with its file and line',
    )
    .argument('<file>', file)
    .addOption(answerOption())
    .action(async (path: string, options: VerifyOptions) => {
      const { verifyTrail } = await import('../audit/verify-trail.ts');
      await verifyTrail(path, options, environment);
    });
  examples(show, ['kubeskippy audit show audit.jsonl --since 2h']);
  examples(verify, ['kubeskippy audit verify audit.jsonl', 'kubeskippy audit verify -o json audit.jsonl']);
};
