/**
 * From one look to causes: every rule is asked about every object that it looks at, findings of one cause with one root
 * become one, what follows from something else is put under it, and the rest is ranked. No rule, no finding: then the
 * analysis abstains, and says which parts it did not see.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { CAUSE_NAMES, type CauseName, causeOf } from './causes/index.ts';
import { isUnwell } from './causes/facts.ts';
import { type Evidence, type ObjectRef, refKey, refOf } from './evidence.ts';
import { type Analysis, type Family, type Finding, type Found, MAX_SHOWN, type Specificity } from './finding.ts';
import { type AnalysisKind, isPod, type PodObject } from './objects.ts';
import type { Snapshot } from './snapshot.ts';

/** How many items of evidence a finding keeps: the first of each object in which it shows, and what its rule adds. */
const MAX_EVIDENCE = 8;

const WEIGHT: Readonly<Record<Specificity, number>> = { exact: 2, place: 1, symptom: 0 };

interface Raw {
  readonly cause: CauseName;
  readonly object: KubeObject;
  readonly found: Found;
}

interface Group {
  readonly cause: CauseName;
  readonly root: ObjectRef;
  readonly found: readonly Raw[];
}

/** All causes of the snapshot; with `objects`, of these alone. */
export function analyze(snapshot: Snapshot, objects?: readonly KubeObject[]): Analysis<CauseName> {
  const groups = new Map<string, { cause: CauseName; root: ObjectRef; found: Raw[] }>();
  for (const raw of rawFindings(snapshot, objects)) {
    const root = raw.found.root ?? snapshot.rootOf(raw.object);
    const key = `${raw.cause}:${refKey(root)}`;
    const same = groups.get(key);
    if (same === undefined) groups.set(key, { cause: raw.cause, root, found: [raw] });
    else same.found.push(raw);
  }
  const ranked = [...groups.values()]
    .map((group) => ({ finding: findingOf(group), keys: keysOf(group, snapshot), weight: weightOf(group) }))
    .toSorted(
      (a, b) =>
        b.weight - a.weight ||
        FAMILY_ORDER.indexOf(a.finding.family) - FAMILY_ORDER.indexOf(b.finding.family) ||
        total(b.finding) - total(a.finding) ||
        (a.finding.since ?? Number.POSITIVE_INFINITY) - (b.finding.since ?? Number.POSITIVE_INFINITY) ||
        (refKey(a.finding.root) < refKey(b.finding.root) ? -1 : 1),
    );
  const kept: typeof ranked = [];
  for (const one of ranked) {
    const over = kept.find((better) => explains(better, one));
    if (over === undefined) kept.push(one);
    else over.finding = { ...over.finding, explains: [...over.finding.explains, one.finding.cause] };
  }
  const healthy = kept.length === 0 && snapshot.gaps.length === 0 && !hasTrouble(snapshot, objects);
  return {
    at: snapshot.at,
    findings: kept.map(({ finding }) => ({ ...finding, explains: [...new Set(finding.explains)] })),
    gaps: snapshot.gaps,
    ...(healthy && { healthy: true as const }),
  };
}

/** A cause of what others wait for stands before what waits. */
const FAMILY_ORDER: readonly Family[] = [
  'infrastructure',
  'admission',
  'scheduling',
  'startup',
  'runtime',
  'service',
  'performance',
  'rollout',
];

const KINDS_OF: ReadonlyMap<AnalysisKind, readonly CauseName[]> = (() => {
  const names = new Map<AnalysisKind, CauseName[]>();
  for (const name of CAUSE_NAMES)
    for (const kind of causeOf(name).kinds) {
      const same = names.get(kind);
      if (same === undefined) names.set(kind, [name]);
      else same.push(name);
    }
  return names;
})();

function* rawFindings(snapshot: Snapshot, objects: readonly KubeObject[] | undefined): Generator<Raw> {
  for (const [kind, names] of KINDS_OF) {
    const candidates = objects === undefined ? snapshot.all(kind) : objects.filter((object) => object.kind === kind);
    for (const object of candidates) {
      if (isPod(object) && isDull(object, snapshot)) continue;
      for (const cause of names) {
        const found = causeOf(cause).find(object, snapshot);
        if (found !== undefined) yield { cause, object, found };
      }
    }
  }
}

/** A ready pod without restarts, of whose lines nothing is known, has none of the causes of pods. */
const isDull = (pod: PodObject, snapshot: Snapshot): boolean =>
  !isUnwell(pod, snapshot.at) && snapshot.logsOf(refOf(pod)).length === 0;

const hasTrouble = (snapshot: Snapshot, objects: readonly KubeObject[] | undefined): boolean =>
  (objects ?? snapshot.all('Pod')).some((object) => isPod(object) && isUnwell(object, snapshot.at));

function weightOf({ cause, found }: Group): number {
  const certain = found.some(({ found: one }) => one.likely === undefined) ? 1 : 0;
  const contested = found.every(({ found: one }) => (one.contradicting ?? []).length > 0) ? -10 : 0;
  return WEIGHT[causeOf(cause).specificity] * 2 + certain + contested;
}

const total = ({ shows, more = 0 }: Finding): number => shows.length + more;

function findingOf({ cause, root, found }: Group): Finding<CauseName> {
  const { family, cures } = causeOf(cause);
  const shows = [...new Map(found.map(({ object }) => [refKey(refOf(object)), refOf(object)])).values()];
  // The newest of a group is told in words: its numbers are those of now.
  const told = found.toSorted((a, b) => (b.found.since ?? 0) - (a.found.since ?? 0))[0] ?? found[0];
  const sinces = found.flatMap(({ found: one }) => one.since ?? []);
  const contradicting = unique(found.flatMap(({ found: one }) => one.contradicting ?? []));
  const certain = found.some(({ found: one }) => one.likely === undefined);
  return {
    cause,
    family,
    root,
    shows: shows.slice(0, MAX_SHOWN),
    ...(shows.length > MAX_SHOWN && { more: shows.length - MAX_SHOWN }),
    text: told?.found.text ?? '',
    evidence: unique(found.flatMap(({ found: one }) => one.evidence)),
    contradicting,
    ...given({ since: sinces.length === 0 ? undefined : Math.min(...sinces) }),
    confidence: contradicting.length > 0 ? 'contested' : certain ? 'certain' : 'likely',
    explains: [],
    cures,
  };
}

const unique = (items: readonly Evidence[]): readonly Evidence[] =>
  [...new Map(items.map((item) => [item.id, item])).values()].slice(0, MAX_EVIDENCE);

/** The objects that a finding is about: its root, what it shows in, their owners, and the nodes of their pods. */
function keysOf({ root, found }: Group, snapshot: Snapshot): Keys {
  const own = new Set<string>([refKey(root)]);
  const nodes = new Set<string>();
  const names = new Set<string>();
  for (const { object } of found) {
    own.add(refKey(refOf(object)));
    own.add(refKey(snapshot.rootOf(object)));
    if (isPod(object)) {
      const pod = object;
      if (pod.spec?.nodeName !== undefined) nodes.add(`Node//${pod.spec.nodeName}`);
      for (const service of snapshot.servicesOf(pod)) names.add(refKey(refOf(service)));
      for (const { persistentVolumeClaim } of pod.spec?.volumes ?? [])
        if (persistentVolumeClaim?.claimName !== undefined)
          names.add(`PersistentVolumeClaim/${pod.metadata.namespace ?? ''}/${persistentVolumeClaim.claimName}`);
    }
  }
  return { own, nodes, names };
}

interface Keys {
  readonly own: ReadonlySet<string>;
  /** Of its pods. */
  readonly nodes: ReadonlySet<string>;
  /** Services and claims of its pods. */
  readonly names: ReadonlySet<string>;
}

interface Ranked {
  finding: Finding<CauseName>;
  readonly keys: Keys;
  readonly weight: number;
}

/**
 * Whether the weaker finding follows from the better one: of the same object, of a claim that its pods want, of their
 * node.
 */
function explains(better: Ranked, weaker: Ranked): boolean {
  const exact = WEIGHT[causeOf(better.finding.cause).specificity];
  const own = WEIGHT[causeOf(weaker.finding.cause).specificity];
  if (exact <= own) return false;
  const meets = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => [...a].some((key) => b.has(key));
  return (
    meets(better.keys.own, weaker.keys.own) ||
    meets(better.keys.own, weaker.keys.names) ||
    meets(better.keys.names, weaker.keys.own) ||
    (better.finding.family === 'infrastructure' && meets(better.keys.own, weaker.keys.nodes))
  );
}
