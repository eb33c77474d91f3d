/**
 * Settings in the form in which the project published them first, with sections `metrics`, `ai`, `safety`,
 * `remediation` and `logging`: each key becomes the setting of today that means the same. What has no effect is noted,
 * and what would be less safe than it says is refused.
 */
import { nearestWord } from '../std/nearest-word.ts';
import { fieldPath, type PathSegment } from './problem.ts';

export interface Remark {
  /** As the file spells it. */
  readonly path: readonly PathSegment[];
  readonly kind: 'refused' | 'note';
  readonly message: string;
}

export interface Translated {
  readonly settings: Readonly<Record<string, unknown>>;
  /** How the file spells a setting, by its path of today. */
  readonly origins: ReadonlyMap<string, readonly PathSegment[]>;
  readonly remarks: readonly Remark[];
}

type Understood =
  /** The setting of today. */
  | { readonly set: string; readonly to: unknown }
  | { readonly note: string }
  | { readonly refuse: string }
  /** It says what holds anyway. */
  | 'as it is';

const set =
  (name: string, value: (given: unknown) => unknown = (given) => given) =>
  (given: unknown): Understood => ({ set: name, to: value(given) });
const note = (message: string) => (): Understood => ({ note: message });
/** Holds anyway: the same value is accepted, another one refused. */
const fixed =
  (value: unknown, why: string) =>
  (given: unknown): Understood =>
    JSON.stringify(given) === JSON.stringify(value) ? 'as it is' : { refuse: why };
const unit = (of: string) => (given: unknown) => (typeof given === 'number' ? `${given}${of}` : given);

const BREAKER =
  'cannot be changed: after 5 failures a policy rests for 5m, then one action is tried, and 2 that succeed end it';
const PER_ACTION = 'has no effect: an action of a policy says it for itself';
const FORMAT = set('logFormat', (given) => (given === 'console' ? 'text' : given));

const RULES: Readonly<Record<string, (given: unknown) => Understood>> = {
  metricsAddr: set('metricsBindAddress'),
  probeAddr: set('healthProbeBindAddress'),
  enableLeaderElection: set('leaderElect'),
  watchNamespace: (given) => (given === '' ? 'as it is' : { set: 'namespace', to: given }),
  'metrics.prometheusURL': set('prometheusUrl'),
  'metrics.collectionInterval': set('evaluationInterval'),
  'metrics.metricsServerEnabled': fixed(
    true,
    'cannot be switched off: without a Prometheus usage comes from metrics.k8s.io, for queries that ask for it',
  ),
  'metrics.retentionPeriod': note('has no effect: series are kept for as long as queries look back'),
  'metrics.customQueries': note('has no effect: policies have their queries themselves'),
  'ai.apiKey': () => ({
    refuse: 'is a secret, and may stand in no configuration: put it into a file, and name that as ai.apiKeyFile',
  }),
  'ai.temperature': note('has no effect: the model is asked for the likeliest answer'),
  'ai.systemPrompt': note('has no effect: the question is fixed, since its answers are checked'),
  'safety.dryRunMode': set('dryRun'),
  'safety.maxActionsPerHour': set('maxActionsPerHour'),
  'safety.protectedNamespaces': set('protectedNamespaces'),
  'safety.requireApproval': fixed(false, 'is said by each policy: mode manual'),
  'safety.protectedLabels': fixed(
    { 'kubeskippy.io/protected': 'true' },
    'can have no other label: kubeskippy.io/protected: "true" protects, and protectedResources of policies have selectors',
  ),
  'safety.circuitBreaker.enabled': fixed(true, BREAKER),
  'safety.circuitBreaker.failureThreshold': fixed(5, BREAKER),
  'safety.circuitBreaker.successThreshold': fixed(2, BREAKER),
  'safety.circuitBreaker.timeout': fixed('5m', BREAKER),
  'safety.circuitBreaker.halfOpenMaxActions': fixed(1, BREAKER),
  'safety.auditLog.enabled': fixed(true, 'cannot be switched off: without its audit trail nothing is changed'),
  'safety.auditLog.filePath': set('auditFile'),
  'safety.auditLog.maxSize': set('auditMaxSize', unit('Mi')),
  'safety.auditLog.maxBackups': set('auditFilesKept'),
  'safety.auditLog.maxAge': set('auditMaxAge', (days) => (typeof days === 'number' ? `${days * 24}h` : days)),
  'safety.auditLog.includeMetrics': note('has no effect: each record has the evidence of its decision'),
  'remediation.parallelActions': set('maxConcurrent'),
  'remediation.defaultTimeout': note(PER_ACTION),
  'remediation.maxRetries': note(PER_ACTION),
  'remediation.retryBackoff': note(PER_ACTION),
  'remediation.enableRollback': note('has no effect: a policy says safetyRules.undoOnFailure'),
  'logging.level': set('logLevel'),
  'logging.format': FORMAT,
  'logging.encoding': FORMAT,
  'logging.development': note('has no effect: logs are readable on a terminal, and JSON elsewhere'),
  'logging.disableCaller': note('has no effect: lines name no caller'),
  'logging.disableStacktrace': note('has no effect: errors have their causes, and no stack'),
  'logging.outputPaths': note('has no effect: logs go to standard error'),
};

/** Of one type of action: what a policy decides is no setting of the operator. */
function ofAction(key: string, given: unknown): 'disabled' | Understood {
  if (key === 'enabled') return given === false ? 'disabled' : 'as it is';
  if (key === 'requireApproval')
    return given === true ? { refuse: 'is said by each action of a policy: requiresApproval' } : 'as it is';
  return { note: PER_ACTION };
}

const isSection = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SECTIONS = new Set(
  Object.keys(RULES).flatMap((path) => {
    const segments = path.split('.');
    return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('.'));
  }),
);

/** Sections that are no settings of today. */
const GONE = [...SECTIONS].filter((name) => !name.includes('.') && name !== 'ai');

function meant(section: string, key: string): string {
  const keys = Object.keys(RULES).flatMap((path) => {
    const [first, second] = path.split('.');
    return first === section && second !== undefined ? [second] : [];
  });
  const near = nearestWord(key, keys);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

export function translated(written: Readonly<Record<string, unknown>>): Translated {
  const settings: Record<string, unknown> = {};
  const origins = new Map<string, readonly PathSegment[]>();
  const remarks: Remark[] = [];
  const disabled: string[] = [];
  const answered = (path: readonly string[], answer: Understood): void => {
    if (answer === 'as it is') return;
    if ('note' in answer) remarks.push({ path, kind: 'note', message: answer.note });
    else if ('refuse' in answer) remarks.push({ path, kind: 'refused', message: answer.refuse });
    else if (Object.hasOwn(written, answer.set) || Object.hasOwn(settings, answer.set))
      remarks.push({ path, kind: 'refused', message: `says the same as ${answer.set}, which is there too` });
    else {
      settings[answer.set] = answer.to;
      origins.set(answer.set, path);
    }
  };
  /** What is of today, at this place and below. */
  const rest = (section: Readonly<Record<string, unknown>>, at: readonly string[]): Record<string, unknown> => {
    const kept: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(section)) {
      const path = [...at, key];
      const name = path.join('.');
      const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
      if (rule !== undefined) answered(path, rule(value));
      else if (name === 'remediation.actionDefaults' && isSection(value)) {
        for (const [type, fields] of Object.entries(value))
          for (const [field, given] of Object.entries(isSection(fields) ? fields : {})) {
            const answer = ofAction(field, given);
            if (answer === 'disabled') disabled.push(type);
            else answered([...path, type, field], answer);
          }
      } else if (SECTIONS.has(name) && isSection(value)) {
        const left = rest(value, path);
        if (Object.keys(left).length > 0) kept[key] = left;
      } else kept[key] = value;
    }
    return kept;
  };
  const kept = rest(written, []);
  for (const section of GONE) {
    const left = kept[section];
    delete kept[section];
    for (const key of Object.keys(isSection(left) ? left : {}))
      remarks.push({ path: [section, key], kind: 'refused', message: `is not a setting${meant(section, key)}` });
    if (left !== undefined && !isSection(left))
      remarks.push({ path: [section], kind: 'refused', message: 'must be a map of settings' });
  }
  if (disabled.length > 0) {
    const actions = isSection(kept['actions']) ? kept['actions'] : {};
    const already = Array.isArray(actions['disabled']) ? (actions['disabled'] as readonly unknown[]) : [];
    kept['actions'] = { ...actions, disabled: [...already, ...disabled] };
    disabled.forEach((type, index) =>
      origins.set(fieldPath(['actions', 'disabled', already.length + index]), ['remediation', 'actionDefaults', type]),
    );
  }
  return { settings: { ...kept, ...settings }, origins, remarks };
}
