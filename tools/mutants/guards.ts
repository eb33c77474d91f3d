/** The guards that keep people from making the operator do more than they may, and the test of each. */

import type { Guard } from './guard.ts';
import { REACH_GUARDS } from './reach-guards.ts';
import { AUTHORITY_GUARDS } from './authority-guards.ts';
import { ANALYSIS_GUARDS } from './analysis-guards.ts';
import { EVENT_LOOP_GUARDS } from './event-loop-guards.ts';
import { CLOCK_GUARDS } from './clock-guards.ts';
import { HISTORY_GUARDS } from './history-guards.ts';
import { SHARD_GUARDS } from './shard-guards.ts';
import { TELLING_GUARDS } from './telling-guards.ts';
import { LEDGER_GUARDS } from './ledger-guards.ts';
import { RECORD_GUARDS } from './record-guards.ts';
import { RESTRAINT_GUARDS } from './restraint-guards.ts';
import { CLUSTER_GUARDS } from './cluster-guards.ts';
import { FAULT_GUARDS } from './fault-guards.ts';
import { COST_GUARDS } from './cost-guards.ts';
import { PLACE_GUARDS } from './place-guards.ts';
import { WORD_GUARDS } from './word-guards.ts';
import { SANDBOX_GUARDS } from './sandbox-guards.ts';
import { VERSION_GUARDS } from './version-guards.ts';
import { TRACE_GUARDS } from './trace-guards.ts';
import { WEBHOOK_GUARDS } from './webhook-guards.ts';
import { SHARE_GUARDS } from './share-guards.ts';
import { UPGRADE_GUARDS } from './upgrade-guards.ts';
import { PLACEMENT_GUARDS } from './placement-guards.ts';

export type { Guard } from './guard.ts';

export const GUARDS: readonly Guard[] = [
  {
    name: 'queries: every selector is bound to the namespace of the policy',
    file: 'src/promql/analysis/confine.ts',
    guard: 'matchers: [matcher, ...one.matchers]',
    without: 'matchers: one.matchers',
    test: 'test/attacks/queries-of-another-team.test.ts',
  },
  {
    name: 'queries: series of nodes are refused outside clusterPolicyNamespaces',
    file: 'src/adapters/metrics/provider.ts',
    guard: '.find((name) => OF_THE_CLUSTER.test(name))',
    without: '.find(() => false)',
    test: 'test/attacks/queries-of-another-team.test.ts',
  },
  {
    name: 'queries: only labels that name an object are shown',
    file: 'src/core/triggers/metric.ts',
    guard: '.filter(([name]) => namesObject(name))',
    without: '',
    test: 'src/core/triggers/metric.test.ts',
  },
  {
    name: 'relations: an Event is about the object that it names',
    file: 'src/core/relations.ts',
    guard: 'subject?.kind === object.kind &&',
    without: 'true ||',
    test: 'src/core/relations.test.ts',
  },
  {
    name: 'relations: an Event speaks of its own namespace',
    file: 'src/core/relations.ts',
    guard: 'return namespace === metadata.namespace ? { kind, namespace, name } : undefined;',
    without: 'return { kind, namespace, name };',
    test: 'src/core/relations.test.ts',
  },
  {
    name: 'relations: Events about cluster-scoped objects lie where members of namespaces cannot write',
    file: 'src/core/relations.ts',
    guard: "CLUSTER_EVENT_NAMESPACES.has(metadata.namespace ?? '') ?",
    without: 'true ?',
    test: 'src/core/relations.test.ts',
  },
  {
    name: 'relations: an owner lies in the namespace of what it owns',
    file: 'src/core/relations.ts',
    guard: 'if (metadata.namespace !== undefined && metadata.namespace !== namespace) return false;',
    without: '',
    test: 'test/attacks/forged-relations.test.ts',
  },
  {
    name: 'relations: an owner has the kind and the name of the reference',
    file: 'src/core/relations.ts',
    guard: 'reference.name === metadata.name &&',
    without: '',
    test: 'test/attacks/forged-relations.test.ts',
  },
  {
    name: 'relations: pods of a workload are those that it owns',
    file: 'src/operator/world.ts',
    guard: '.filter((one) => owns(owner, one))',
    without: '',
    test: 'test/attacks/forged-relations.test.ts',
  },
  {
    name: 'relations: a chain of owners ends where a reference names another object',
    file: 'src/operator/world.ts',
    guard: 'if (named !== undefined && known === undefined) break;',
    without: '',
    test: 'test/attacks/forged-relations.test.ts',
  },
  {
    name: 'names: a path is made of names that are one part each',
    file: 'src/kube/resource.ts',
    guard: 'if (PATH_SEGMENT.test(text)) return',
    without: 'return',
    test: 'src/kube/resource.test.ts',
  },
  {
    name: 'names: the schema takes no name that is a path',
    file: 'src/api/fields.ts',
    guard: 'field(z.string().min(1).max(MAX_NAME).regex(PATH_SEGMENT), description);',
    without: 'field(z.string().min(1).max(MAX_NAME), description);',
    test: 'test/attacks/names-that-are-paths.test.ts',
  },
  {
    name: 'names: an answer is the object that was asked for',
    file: 'src/kube/client.ts',
    guard: 'if (other === undefined) return answer;',
    without: 'if (other !== null) return answer;',
    test: 'src/kube/resource.test.ts',
  },
  {
    name: 'kinds: one that could never be read holds nothing else back',
    file: 'src/operator/world.ts',
    guard: 'if (cache.hasSynced && lease.refusal() !== undefined)',
    without: 'if (lease.refusal() !== undefined)',
    test: 'test/attacks/kinds-that-cannot-be-read.test.ts',
  },
  {
    name: 'kinds: one that may not be read any more holds back the policies that select it',
    file: 'src/operator/world.ts',
    guard: 'for (const kind of kinds) {',
    without: 'for (const kind of kinds.slice(0, 0)) {',
    test: 'test/attacks/kinds-that-cannot-be-read.test.ts',
  },
  {
    name: 'kinds: a watch ends with the last policy that selects the kind',
    file: 'src/operator/target/watched-kinds.ts',
    guard: 'this.#config.world.unwatch(watched.type);',
    without: '',
    test: 'test/attacks/kinds-that-cannot-be-read.test.ts',
  },
  {
    name: 'kinds: those that configuration denies are not watched',
    file: 'src/core/target/policy-problems.ts',
    guard: '.filter((resource) => isDenied(resource, rules.deniedKinds))',
    without: '.filter(() => false)',
    test: 'test/attacks/kinds-that-cannot-be-read.test.ts',
  },
  {
    name: 'kinds: those that configuration denies are never targets',
    file: 'src/core/gates/protection.ts',
    guard: 'if (isDenied(target, limits.deniedKinds))',
    without: 'if (isDenied(target, []))',
    test: 'src/core/gates/protected.test.ts',
  },
  {
    name: 'seals: a status of an action without a valid seal is not believed',
    file: 'src/core/authority/believed-action.ts',
    guard: "if (verdict.kind === 'valid' || verdict.kind === 'empty') {",
    without: "if (verdict.kind !== 'replayed') {",
    test: 'test/attacks/forged-statuses.test.ts',
  },
  {
    name: 'seals: an older status that is put back is not believed',
    file: 'src/operator/newest-seals.ts',
    guard: "return later ? { kind: 'replayed', turn, newest: newest.turn } : verdict;",
    without: 'return verdict;',
    test: 'test/attacks/forged-statuses.test.ts',
  },
  {
    name: 'seals: a seal is worth something for its own object alone',
    file: 'src/core/authority/status-seal.ts',
    guard: 'content: { uid: metadata.uid, status:',
    without: 'content: { status:',
    test: 'test/attacks/forged-statuses.test.ts',
  },
  {
    name: 'seals: an action that claims to be of a policy has the seal of the operator',
    file: 'src/core/authority/creation-seal.ts',
    guard: 'if (!claimsToBeOurs(action)) return undefined;',
    without: 'if (action.name.length > 0) return undefined;',
    test: 'test/attacks/forged-actions.test.ts',
  },
  {
    name: 'seals: a copy of an action is told by its later creation',
    file: 'src/core/authority/creation-seal.ts',
    guard: 'if (Math.abs(made - verdict.turn * 1000) <= MAX_APART_MS) return undefined;',
    without: 'if (made > 0) return undefined;',
    test: 'test/attacks/forged-actions.test.ts',
  },
  {
    name: 'seals: the digest is compared',
    file: 'src/core/authority/seal.ts',
    guard: "return timingSafeEqual(digest(key, sealed, turn), Buffer.from(hex, 'hex'))",
    without: 'return hex.length > 0',
    test: 'src/core/authority/seal.test.ts',
  },
  {
    name: 'seals: a status of a policy without a valid seal is not believed',
    file: 'src/operator/policy-store.ts',
    guard: "verdict.kind === 'valid' || verdict.kind === 'empty'\n",
    without: "verdict.kind !== 'replayed'\n",
    test: 'test/attacks/forged-statuses.test.ts',
  },
  {
    name: 'seals: the keys are read again before an action is given up',
    file: 'src/operator/action/action-view.ts',
    guard: '  await rereadKeys();\n',
    without: '',
    test: 'src/operator/action/action-view.test.ts',
  },
  {
    name: 'accounts: requests of an action go out as its account',
    file: 'src/operator/action/acting.ts',
    guard: 'return actAs(userOf(authority.account));',
    without: 'return client;',
    test: 'test/attacks/rights-of-accounts.test.ts',
  },
  {
    name: 'accounts: what is changed goes out as the account, not only what is read',
    file: 'src/operator/action/action-controller.ts',
    guard: 'return sendStage({ ...effects, ...as(action) }, action,',
    without: 'return sendStage(effects, action,',
    test: 'test/attacks/rights-of-accounts.test.ts',
  },
  {
    name: 'accounts: a policy without one does nothing where one is required',
    file: 'src/core/target/policy-problems.ts',
    guard: "fitActions(authority.kind === 'none' ? [] : policy.actions, rules.registry)",
    without: 'fitActions(policy.actions, rules.registry)',
    test: 'test/attacks/rights-of-accounts.test.ts',
  },
  {
    name: 'accounts: the role of many teams can change nothing',
    file: 'src/api/rbac.ts',
    guard: "tenancy === 'shared' ? [IMPERSONATE] : mergeRules(actionRules)",
    without: 'mergeRules(actionRules)',
    test: 'src/cli/install/install.test.ts',
  },
  {
    name: 'rights: what reaches beyond namespaces is given only when asked for',
    file: 'src/api/rbac.ts',
    guard: '!allow.includes(optIn)',
    without: 'optIn === undefined',
    test: 'src/cli/install/install.test.ts',
  },
  {
    name: 'kill switch: it is asked between the requests of a stage',
    file: 'src/operator/action/reach-check.ts',
    guard: 'if (!verdict.allow) return { code: verdict.reason',
    without: 'if (!verdict.allow && how === undefined) return { code: verdict.reason',
    test: 'test/healing/cordon-and-drain.test.ts',
  },
  {
    name: 'lease: it is asked when the rate limit lets the request go',
    file: 'src/kube/request-sender.ts',
    guard: 'if (mayStart?.() === false)',
    without: 'if (false)',
    test: 'src/kube/request-sender.test.ts',
  },
  {
    name: 'executed: what was carried out stays so, whatever becomes of the rest',
    file: 'src/core/action/failure.ts',
    guard: "failure.executed === 'yes' ? 0 : done.length",
    without: "failure.executed === 'yes' ? 0 : 0",
    test: 'src/core/action/failure.test.ts',
  },
  {
    name: 'sandbox: a name that was made to resolve to loopback is not served',
    file: 'src/sandbox/browser-guard.ts',
    guard: "name !== 'localhost' && name !== served && isIP(name) === 0",
    without: "name === 'never'",
    test: 'src/sandbox/browser-guard.test.ts',
  },
  {
    name: 'sandbox: pages of other origins are refused',
    file: 'src/sandbox/browser-guard.ts',
    guard: 'if (origin === undefined ||',
    without: 'if (origin !== null ||',
    test: 'src/sandbox/browser-guard.test.ts',
  },
  {
    name: 'credentials: none are sent over plain HTTP',
    file: 'src/kube/config/kubeconfig.ts',
    guard: "const headers = chosen.server.startsWith('https:')",
    without: "const headers = chosen.server !== ''",
    test: 'test/e2e/kube-http.test.ts',
  },
  {
    name: 'undo: a refused request is not sent again at once',
    file: 'src/operator/action/undo-lap.ts',
    guard: 'if (clock.now() < due) return',
    without: 'if (clock.now() < 0) return',
    test: 'test/healing/undo.test.ts',
  },
  ...REACH_GUARDS,
  ...AUTHORITY_GUARDS,
  ...ANALYSIS_GUARDS,
  ...EVENT_LOOP_GUARDS,
  ...CLOCK_GUARDS,
  ...HISTORY_GUARDS,
  ...TELLING_GUARDS,
  ...LEDGER_GUARDS,
  ...RECORD_GUARDS,
  ...RESTRAINT_GUARDS,
  ...CLUSTER_GUARDS,
  ...FAULT_GUARDS,
  ...PLACE_GUARDS,
  ...WORD_GUARDS,
  ...SANDBOX_GUARDS,
  ...SHARD_GUARDS,
  ...VERSION_GUARDS,
  ...TRACE_GUARDS,
  ...WEBHOOK_GUARDS,
  ...PLACEMENT_GUARDS,
  ...COST_GUARDS,
  ...SHARE_GUARDS,
  ...UPGRADE_GUARDS,
];
