import { Option } from 'commander';
import { connectionOptions } from '../flags.ts';
import type { ReportOptions } from '../report/report.ts';
import type { Verb } from './verb.ts';

export const reportVerb: Verb = (program, environment) => {
  const report = program
    .command('report')
    .description('what was done in the cluster, and what would not come back; changes nothing');
  connectionOptions(report.command('causes'))
    .description('which actions helped against which causes, from the HealingActions that are kept')
    .option('-n, --namespace <name>', 'of this namespace alone (default: all)')
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(async (options: ReportOptions) => {
      const { reportCauses } = await import('../report/report.ts');
      await reportCauses(options, environment);
    });
  connectionOptions(report.command('replaceability'))
    .description('the workloads whose next pod would not start, and why; sends reads, and dry runs of their pods')
    .option('-n, --namespace <name>', 'of this namespace alone (default: all)')
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(async (options: ReportOptions) => {
      const { reportReplaceability } = await import('../report/replaceability.ts');
      await reportReplaceability(options, environment);
    });
};
