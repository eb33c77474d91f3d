import { answerOption, connectionOptions, examples } from '../flags.ts';
import type { ReportOptions } from '../report/report.ts';
import type { Verb } from './verb.ts';

export const reportVerb: Verb = (program, environment) => {
  const report = program
    .command('report')
    .description('what was done in the cluster, and what would not come back; changes nothing');
  const causes = connectionOptions(report.command('causes'))
    .description('which actions helped against which causes, from the HealingActions that are kept')
    .option('-n, --namespace <name>', 'of this namespace alone (default: all)')
    .addOption(answerOption())
    .action(async (options: ReportOptions) => {
      const { reportCauses } = await import('../report/report.ts');
      await reportCauses(options, environment);
    });
  const replaceability = connectionOptions(report.command('replaceability'))
    .description('the workloads whose next pod would not start, and why; sends reads, and dry runs of their pods')
    .option('-n, --namespace <name>', 'of this namespace alone (default: all)')
    .addOption(answerOption())
    .action(async (options: ReportOptions) => {
      const { reportReplaceability } = await import('../report/replaceability.ts');
      await reportReplaceability(options, environment);
    });
  examples(causes, ['kubeskippy report causes', 'kubeskippy report causes -n shop -o yaml']);
  examples(replaceability, ['kubeskippy report replaceability -n shop']);
};
