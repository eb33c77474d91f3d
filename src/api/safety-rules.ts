/** `spec.safetyRules`: from the defaulted wire form to what the gates read. */
import { milliseconds } from './compile-trigger.ts';
import type { PolicySpec } from './healing-policy.ts';
import { selectorOf, selectorProblems } from './label-selector.ts';
import type { MaxUnhealthy, SafetyRules, Window } from './policy.ts';
import { fieldPath, type Problem } from './problem.ts';
import { windowProblem } from './windows.ts';

type Wire = PolicySpec['safetyRules'];

/** Undefined when a rule cannot be understood; why is added to `problems`. */
export function compileSafety(
  { safetyRules: wire, selector }: Pick<PolicySpec, 'safetyRules' | 'selector'>,
  problems: Problem[],
): SafetyRules | undefined {
  const before = problems.length;
  const windows = compileWindows(wire.windows ?? [], problems);
  const protectedResources = (wire.protectedResources ?? []).map((resource, index) => {
    for (const found of selectorProblems(resource.labelSelector ?? {})) {
      const path = fieldPath(['spec', 'safetyRules', 'protectedResources', index, 'labelSelector', ...found.path]);
      problems.push({ path, message: found.message, reason: 'InvalidSelector' });
    }
    const { apiVersion, kind, excludeNames: names = [] } = resource;
    return { apiVersion, kind, names, labels: selectorOf(resource.labelSelector) };
  });
  if (problems.length > before) return undefined;
  const usual = takesNodes(selector) ? FOR_NODES : FOR_WORKLOADS;
  return {
    maxActionsPerHour: wire.maxActionsPerHour ?? usual.maxActionsPerHour,
    protectedResources,
    requireHealthCheck: wire.requireHealthCheck,
    healthCheckTimeoutMs: milliseconds(wire.healthCheckTimeout),
    maxUnhealthy: compileMaxUnhealthy(wire.maxUnhealthy ?? usual.maxUnhealthy),
    maxHealingsPerDay: wire.maxHealingsPerDay,
    maxHealingsPerWeek: wire.maxHealingsPerWeek,
    maxConcurrent: wire.maxConcurrent,
    undoOnFailure: wire.undoOnFailure,
    contention: wire.contention,
    replacement: wire.replacement,
    windows,
    approvalTimeoutMs: milliseconds(wire.approvalTimeout),
  };
}

const FOR_WORKLOADS = { maxActionsPerHour: 10, maxUnhealthy: '50%' };
/** A node has the pods of many workloads. Those that are left have to take them, and that takes a while. */
const FOR_NODES = { maxActionsPerHour: 2, maxUnhealthy: '20%' };

const takesNodes = ({ resources }: PolicySpec['selector']): boolean =>
  resources.length > 0 && resources.every(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Node');

/** The schema admits a count, a count in quotes, and a percentage up to 100. */
function compileMaxUnhealthy(wire: number | string): MaxUnhealthy {
  if (typeof wire === 'string' && wire.endsWith('%')) return { kind: 'percent', percent: Number(wire.slice(0, -1)) };
  return { kind: 'count', count: Number(wire) };
}

function compileWindows(wire: NonNullable<Wire['windows']>, problems: Problem[]): Window[] {
  const windows: Window[] = [];
  for (const [index, { type, schedule, timeZone, duration }] of wire.entries()) {
    const window = { type, schedule, timeZone, durationMs: milliseconds(duration) };
    const problem = windowProblem(window);
    if (problem === undefined) windows.push(window);
    else
      problems.push({
        path: fieldPath(['spec', 'safetyRules', 'windows', index]),
        message: problem,
        reason: 'InvalidWindow',
      });
  }
  return windows;
}
