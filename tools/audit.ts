/** `make audit`: whether the registry knows advisories about what the lockfile names. */
import { spawnSync } from 'node:child_process';
import { auditVerdict } from './audit-verdict.ts';

/** One try of ten seconds: `make check` without network is not to wait for it. */
const ONCE = ['--fetch-retries=0', '--fetch-timeout=10000'];
const { stdout } = spawnSync('npm', ['audit', '--package-lock-only', '--json', ...ONCE], { encoding: 'utf8' });
const verdict = auditVerdict(stdout ?? '');
if (verdict.kind === 'vulnerable') {
  console.error(verdict.lines.join('\n'));
  process.exitCode = 1;
} else console.log(`audit: ${verdict.line}`);
