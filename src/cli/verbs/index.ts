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

/** By name: a start that names one makes only that. */
export const VERBS: Readonly<Record<string, Verb>> = {
  version: versionVerb,
  install: installVerb,
  uninstall: uninstallVerb,
  check: checkVerb,
  lint: lintVerb,
  test: testVerb,
  plan: planVerb,
  approve: approveVerb,
  reject: rejectVerb,
  status: statusVerb,
  get: getVerb,
  pause: pauseVerb,
  resume: resumeVerb,
  explain: explainVerb,
  history: historyVerb,
  diagnose: diagnoseVerb,
  query: queryVerb,
  replay: replayVerb,
  audit: auditVerb,
  report: reportVerb,
  top: topVerb,
  'support-bundle': supportBundleVerb,
  sandbox: sandboxVerb,
  run: runVerb,
  config: configVerb,
  completion: completionVerb,
};
