/** Kinds as people type them to kubectl: the kind, its plural, or its short name, in any capitals. */
import type { AnalysisKind } from '../core/analysis/objects.ts';
import { PARTS } from '../operator/analysis/parts.ts';

const SHORT: Readonly<Record<string, AnalysisKind>> = {
  po: 'Pod',
  deploy: 'Deployment',
  sts: 'StatefulSet',
  ds: 'DaemonSet',
  rs: 'ReplicaSet',
  svc: 'Service',
  no: 'Node',
  pvc: 'PersistentVolumeClaim',
};

/** Undefined: none of the kinds that are known by name. Nothing is known of an Event itself. */
export function kindOf(word: string): AnalysisKind | undefined {
  const lower = word.toLowerCase();
  const part = PARTS.find(({ kind, resource }) => kind.toLowerCase() === lower || resource === lower);
  return SHORT[lower] ?? (part === undefined || part.kind === 'Event' ? undefined : part.kind);
}
