import type { Problem } from '../../api/problem.ts';
import type { UnknownReason } from '../metrics/answer.ts';
import type { Meanings } from './reason.ts';

const UNANSWERABLE = {
  NoSuchFamily: {
    means: 'The query names a metric that the embedded source does not provide.',
    todo: 'Correct the name, switch `kubeletMetrics` on when only kubelets know it, or configure a Prometheus server for it.',
  },
} as const satisfies Meanings;

/** What is wrong with a policy; `Ready` is False with the first of them. */
export const PROBLEM_REASONS = {
  InvalidField: {
    means: 'A field has a value that is not allowed, or is missing. The trigger or action that has it is left out.',
    todo: 'Correct the field that the message names.',
  },
  InvalidDuration: {
    means: 'A duration cannot be read.',
    todo: 'Write durations as `90s`, `5m` or `1h30m`.',
  },
  InvalidSelector: {
    means: 'A label selector is not one that Kubernetes would accept. Nothing of the policy is used until it is.',
    todo: 'Correct the selector that the message names.',
  },
  InvalidPattern: {
    means: 'A regular expression of an event trigger cannot be read. Patterns have the syntax of RE2.',
    todo: 'Correct the pattern. Look-around and back-references do not exist in RE2.',
  },
  InvalidQuery: {
    means: 'The PromQL of a metric trigger does not parse, or does not answer a number for each object.',
    todo: 'Run `kubeskippy lint policy.yaml`, which names line and column, and correct the query.',
  },
  TooExpensive: {
    means:
      'The query has more selectors, matchers or patterns than one query may have, or its patterns are too large; or the patterns of event triggers are, together. The trigger is left out. Or the names and labels that the policy selects or protects take too long to compare; then nothing of the policy is used.',
    todo: 'Ask for less: split the trigger into several, and replace patterns by lists (`a|b|c`) or prefixes (`web-.*`). Name objects in full, or with one `*`.',
  },
  NoTarget: {
    means: 'The labels that the query leaves on its series name no object, so that it cannot say which target fails.',
    todo: 'Keep `namespace` and `pod` (or another kind) with `by (…)`, or set `metricTrigger.target`.',
  },
  InvalidExpression: {
    means: 'The CEL of an expression trigger cannot be used.',
    todo: 'Correct the expression at the place that the message names.',
  },
  InvalidWindow: {
    means: 'A window of `safetyRules.windows` has a schedule, a duration or a time zone that cannot be read.',
    todo: 'Write the schedule as cron with five fields, and the time zone by its name (`Europe/Berlin`).',
  },
  ...UNANSWERABLE,
  NamespaceNotPermitted: {
    means: 'The policy asks for a namespace other than its own, and policies of its namespace may not reach that far.',
    todo: 'Put the policy into the other namespace, or add its namespace to `clusterPolicyNamespaces` in the configuration.',
  },
  QueryNotPermitted: {
    means:
      'The query asks for series that lie in no namespace, and a policy of an ordinary namespace sees the series of that namespace alone. The trigger is left out.',
    todo: 'Put the policy into one of `clusterPolicyNamespaces`, or ask for series of its own namespace.',
  },
  UnknownSource: {
    means: '`metricTrigger.source` names a metric source that the configuration does not have.',
    todo: 'Add the source to `metricSources`, or correct its name.',
  },
  NeverFires: {
    means: 'A trigger can never fire, whatever happens in the cluster. It is read, and it stays silent.',
    todo: 'Correct the field that the message names.',
  },
  NeverTaken: {
    means:
      'An action can never be taken: it is for other kinds, or names something that is not there: a channel or an endpoint of the configuration, a CronJob.',
    todo: 'Correct the field that the message names, or the configuration of the operator.',
  },
  ProtectsNothing: {
    means:
      'A rule of `safetyRules.protectedResources` names a kind that the policy never touches, or matches no object that is there.',
    todo: 'Correct `apiVersion` and `kind` of the rule. Look whether an object that it was meant for is protected by another rule.',
  },
  MatchesNothing: {
    means: 'The selector of the policy matches no object, or cannot match any, so that nothing is watched.',
    todo: 'Correct kinds, namespaces and labels in `spec.selector`. Nothing, when the objects come later.',
  },
  UnsupportedAction: {
    means:
      'The operator cannot take actions of that type: they are switched off, or their plugin or executor is not loaded.',
    todo: 'Read the message. Change the configuration of the operator, load the plugin, or take another action type.',
  },
  UnsupportedKind: {
    means: 'The action type cannot be done to the kind that the action or its target names.',
    todo: 'Take a kind that the message lists, or another action type.',
  },
  AccountRequired: {
    means:
      'This operator heals only as ServiceAccounts of the namespaces that ask for it, and the policy (or the action made by hand) names none. Its triggers are evaluated; nothing is done.',
    todo: 'Name an account of the namespace in `spec.serviceAccountName`, and give it the rights that its actions need.',
  },
  AccountNotPermitted: {
    means:
      'The policy (or the action made by hand) names a ServiceAccount, and the configuration (`impersonation.named`) refuses that. Its triggers are evaluated; nothing is done.',
    todo: 'Leave `spec.serviceAccountName` out. An administrator of the operator names the account in `impersonation.defaultServiceAccount`.',
  },
  Forbidden: {
    means:
      'The operator may not read a kind that the policy selects, or its configuration refuses the kind as a target. Nothing of that kind is healed; the other kinds of the policy are.',
    todo: 'Take the kind out of the policy, or have the rule added that the message names. The operator tries again by itself.',
  },
  TooManyPolicies: {
    means:
      'The namespace has more HealingPolicies than one namespace may have (`namespaceLimits.policies`), and this one is not among the oldest. Nothing of it is evaluated.',
    todo: 'Delete policies that are not needed, or put several into one. The operator takes the next oldest by itself. An administrator can raise the limit.',
  },
  BeingDeleted: {
    means: 'Somebody has deleted the policy, and a finalizer keeps it from going. Nothing new is begun for it (I26).',
    todo: 'Look who set the finalizer in `metadata.finalizers`; the operator sets none on policies.',
  },
  UnknownKind: {
    means: 'The API server does not serve the kind. The operator asks again every minute.',
    todo: 'Install its CustomResourceDefinition, or correct `apiVersion` and `kind` in `spec.selector.resources`.',
  },
} as const satisfies Meanings & Readonly<Record<Problem['reason'], unknown>>;

export type ProblemReason = keyof typeof PROBLEM_REASONS;

export type ReadyReason = keyof typeof READY_REASONS;

export const READY_REASONS = {
  Ready: { means: 'The policy is read and evaluated.', todo: 'Nothing.' },
  ...PROBLEM_REASONS,
} as const satisfies Meanings;

export const REMEDIATION_REASONS = {
  Allowed: { means: 'No stop holds the whole policy back. A gate may still refuse single actions.', todo: 'Nothing.' },
  Suspended: {
    means: '`spec.suspend` of the policy is true. Nothing is evaluated and no action starts; what runs finishes.',
    todo: 'Set `spec.suspend: false` when healing may go on.',
  },
  AuditUnwritable: {
    means: 'The audit trail of the operator cannot be written. Nothing acts without it.',
    todo: 'Make room on the disk, or correct what the message names. The operator tries again by itself.',
  },
  CommonCause: {
    means: 'Many workloads of several policies fail together. The message has the figures and what they share.',
    todo: 'Look for the common cause. Healing resumes by itself when fewer than half as many are left.',
  },
  CircuitOpen: {
    means: 'Five actions of the policy failed in a row. The message has the figures.',
    todo: 'Find out why the actions do not help: `kubeskippy history` has each with its reason. One action may try again 5 minutes after the last failure.',
  },
  MassFailure: {
    means: 'Too many targets are in trouble at once. The message has the figures.',
    todo: 'Look for a common cause. Healing resumes by itself 5 minutes after the targets have recovered.',
  },
} as const satisfies Meanings;

export const TRUST_REASONS = {
  StatusTampered: {
    means:
      'The status had no seal of the operator, or one that does not fit. What stood in it was not believed: episodes begin anew, and a mass-failure stop is forgotten. The limits and cool-downs of past actions hold.',
    todo: 'After an upgrade from a version that did not seal: nothing. Otherwise find out who may write healingpolicies/status, and whether the Secret kubeskippy-seal was lost.',
  },
} as const satisfies Meanings;

export const COMPLETENESS_REASONS = {
  NoRoom: {
    means: 'More episodes are open than the status has room for. `episodesOmitted` counts those that it leaves out.',
    todo: 'Look for a common cause. Several policies with narrower selectors have more room.',
  },
  StatusRefused: {
    means:
      'The API server refused a status of the policy. A shorter one was written instead, or an older one still stands there.',
    todo: 'Read the message and the log of the operator. Look for webhooks and quotas that refuse large objects.',
  },
} as const satisfies Meanings;

export const TELLING_REASONS = {
  ChannelFailing: {
    means:
      'A channel of the configuration has not taken a message that people have to know, about this namespace: it is away, or refuses. It is shown until the channel takes one again, for a day at most.',
    todo: 'The message has the channel and its answer. Look at its address, its secret and the service behind it; `kubectl get events` has all that was not told.',
  },
} as const satisfies Meanings;

/** Why a metric trigger has no data. */
export const METRIC_PROBLEMS = {
  ...UNANSWERABLE,
  NotEvaluated: {
    means: 'The query has not been asked since the operator started or the policy changed.',
    todo: 'Wait for one evaluation interval (15 seconds by default).',
  },
  InvalidQuery: {
    means: 'The server, or the operator before it, refused the query.',
    todo: 'Correct the query. `kubeskippy query` shows what the source says to it.',
  },
  NotCovered: {
    means: 'The query looks back further than the source has watched, for example after a restart of the operator.',
    todo: 'Wait for as long as the query looks back, or take a shorter window.',
  },
  SourceDown: {
    means: 'The metric source does not answer, or has failed so often that it is left alone for a moment.',
    todo: 'Look whether the server runs and its address and credentials are right. Triggers neither start nor end meanwhile.',
  },
  Partial: {
    means: 'The source answered and left something out, so that a missing series proves nothing.',
    todo: 'Read the message: it names what did not answer, for example the kubelet of a node.',
  },
  Failed: {
    means: 'The query could not be computed on the data that is there, or met a limit of the source.',
    todo: 'Run the query with `kubeskippy query`, and make it unambiguous (`by`, `on`) or smaller.',
  },
} as const satisfies Meanings & Readonly<Record<UnknownReason, unknown>>;

export type MetricProblem = keyof typeof METRIC_PROBLEMS;

export const METRIC_REASONS = {
  Available: {
    means: 'Every query was answered. The message repeats warnings of the source, when there are any.',
    todo: 'Nothing, or follow the warnings.',
  },
  ...METRIC_PROBLEMS,
} as const satisfies Meanings;

/** What `kubeskippy lint` finds in queries. What the schema refuses has the reasons of `Ready`. */
export const QUERY_FINDINGS = {
  InvalidQuery: PROBLEM_REASONS.InvalidQuery,
  NoSuchFamily: PROBLEM_REASONS.NoSuchFamily,
  NoTarget: PROBLEM_REASONS.NoTarget,
  NotAVector: {
    means: 'The query answers a range of samples or a string. A trigger compares one number for each object.',
    todo: 'Wrap the range in a function such as `rate(…)` or `avg_over_time(…)`.',
  },
  NeverTrue: {
    means: 'A comparison can never hold, whatever the cluster does. The trigger would never fire.',
    todo: 'Correct the threshold or the unit: the message has the range of the values.',
  },
  AlwaysTrue: {
    means: 'A comparison always holds, whatever the cluster does. It filters nothing.',
    todo: 'Remove it, or correct the threshold.',
  },
} as const satisfies Meanings;

export type QueryFinding = keyof typeof QUERY_FINDINGS;

export const LINT_REASONS = {
  ...QUERY_FINDINGS,
  InvalidYaml: { means: 'The file is not YAML.', todo: 'Correct it at the line that is named.' },
  UnknownField: {
    means: 'The kind has no such field. kubectl refuses the file; other clients lose the field without a word.',
    todo: 'Correct its name or its place. The finding names the fields that there are.',
  },
} as const satisfies Meanings;

/** Whatever `kubeskippy lint` finds. */
export type LintReason = keyof typeof LINT_REASONS | ProblemReason;
