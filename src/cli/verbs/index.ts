/**
 * The verbs, in the order of `kubeskippy --help`. A new one is a file of this folder and a line here. `demo` and
 * `watch` come last and are not in the list: they paint, and what the others write is made printable.
 */
import { approveVerb } from './approve.ts';
import { auditVerb } from './audit.ts';
import { checkVerb } from './check.ts';
import { completionVerb } from './completion.ts';
import { configVerb } from './config.ts';
import { diagnoseVerb } from './diagnose.ts';
import { explainVerb } from './explain.ts';
import { getVerb } from './get.ts';
import { historyVerb } from './history.ts';
import { installVerb } from './install.ts';
import { lintVerb } from './lint.ts';
import { pauseVerb } from './pause.ts';
import { planVerb } from './plan.ts';
import { queryVerb } from './query.ts';
import { rejectVerb } from './reject.ts';
import { replayVerb } from './replay.ts';
import { reportVerb } from './report.ts';
import { resumeVerb } from './resume.ts';
import { runVerb } from './run.ts';
import { sandboxVerb } from './sandbox.ts';
import { statusVerb } from './status.ts';
import { supportBundleVerb } from './support-bundle.ts';
import { testVerb } from './test.ts';
import { topVerb } from './top.ts';
import { uninstallVerb } from './uninstall.ts';
import type { Verb } from './verb.ts';
import { versionVerb } from './version.ts';

export const VERBS: readonly Verb[] = [
  versionVerb,
  installVerb,
  uninstallVerb,
  checkVerb,
  lintVerb,
  testVerb,
  planVerb,
  approveVerb,
  rejectVerb,
  statusVerb,
  getVerb,
  pauseVerb,
  resumeVerb,
  explainVerb,
  historyVerb,
  diagnoseVerb,
  queryVerb,
  replayVerb,
  auditVerb,
  reportVerb,
  topVerb,
  supportBundleVerb,
  sandboxVerb,
  runVerb,
  configVerb,
  completionVerb,
];
