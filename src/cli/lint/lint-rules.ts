/**
 * The abilities of an operator, by which policies are judged offline: of the one whose configuration is given, or of
 * any at all. Without a configuration nothing is held against a policy that some configuration allows.
 */
import { allowedFamilies } from '../../adapters/metrics/embedded/metadata-families.ts';
import { familiesOfQuery, metricsProvider } from '../../adapters/metrics/provider.ts';
import type { KubeletMetrics } from '../../adapters/metrics/embedded/kubelet-poller.ts';
import { EMBEDDED_SOURCE } from '../../api/metric-source-schema.ts';
import { DEFAULT_NAMESPACE } from '../../api/names.ts';
import type { OperatorSettings } from '../../api/operator-config.ts';
import { actionRegistry } from '../../core/actions/index.ts';
import { type CompiledPolicy, compilePolicy, type CompileRules } from '../../core/target/policy-problems.ts';
import { expressionIssue } from '../../core/triggers/expression.ts';
import { decidedFields } from '../../operator/trimmed-objects.ts';
import { ParseError } from '../../promql/index.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { ActionSetup } from '../action-setup.ts';
import { operatorRules } from '../operator-rules.ts';

export interface LintRules {
  readonly problemsOf: (policy: KubeObject) => CompiledPolicy['problems'];
  /** What answers triggers that name no source. */
  readonly source: 'embedded' | 'prometheus';
  readonly kubeletMetrics: 'off' | KubeletMetrics;
  /** Families of labels and annotations that the configuration allows. */
  readonly allowed: ReadonlySet<string>;
}

const KNOWN = { families: familiesOfQuery, fieldsOf: decidedFields };
const CHECKS = { cel: (expression: string) => expressionIssue(expression) };

/** Any configuration may have the source, the channel and the plugin, and let the policy reach that far. */
export function anyOperator(asked: Pick<LintRules, 'source' | 'kubeletMetrics'>): LintRules {
  const registry = actionRegistry();
  const rules = (namespace: string): CompileRules => ({
    scope: { clusterPolicyNamespaces: [namespace], operatorNamespace: DEFAULT_NAMESPACE },
    registry,
    checks: CHECKS,
    hasSource: () => true,
    confine: (query) => ({ query }),
    impersonation: { required: false },
    deniedKinds: [],
    known: KNOWN,
  });
  return {
    ...asked,
    allowed: new Set(),
    problemsOf: (policy) =>
      compilePolicy(policy, rules(policy.metadata.namespace ?? '')).problems.filter(
        ({ reason }) => reason !== 'UnsupportedAction',
      ),
  };
}

export function thisOperator(settings: OperatorSettings, { registry, settings: actions }: ActionSetup): LintRules {
  const { metricServers, kubeletMetrics } = settings;
  const { namespace, clusterPolicyNamespaces, impersonation, deniedKinds } = operatorRules(
    settings,
    settings.operatorNamespace ?? DEFAULT_NAMESPACE,
  );
  const sources = new Set([...metricServers.map(({ name }) => name), EMBEDDED_SOURCE]);
  const provider = metricsProvider();
  const rules = (home: string): CompileRules => ({
    scope: {
      // A manifest that names no namespace may be applied to any.
      clusterPolicyNamespaces: home === '' ? [home] : clusterPolicyNamespaces,
      operatorNamespace: namespace,
    },
    registry,
    checks: CHECKS,
    hasSource: (name) => sources.has(name),
    confine: (query, namespaces) => {
      try {
        return provider.confine(query, namespaces);
      } catch (error) {
        // The query itself is looked at elsewhere, by line and column.
        if (error instanceof ParseError) return { query };
        throw error;
      }
    },
    impersonation,
    deniedKinds,
    known: { ...KNOWN, settings: actions },
  });
  return {
    source: metricServers.length === 0 ? 'embedded' : 'prometheus',
    kubeletMetrics,
    allowed: allowedFamilies(settings),
    problemsOf: (policy) => compilePolicy(policy, rules(policy.metadata.namespace ?? '')).problems,
  };
}
