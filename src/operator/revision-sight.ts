/**
 * ConfigMaps and Secrets that were changed right before the workloads that read them began to fail. Their metadata is
 * read beside the laps, while many fail: who changed them when is there, and their contents are not asked for.
 */
import { lastChangeOf } from '../core/analysis/changes.ts';
import { partsOf, revisionTrait } from '../core/shared-traits.ts';
import type { Clock, Instant } from '../std/clock.ts';
import type { PartReader } from './analysis/part-reader.ts';
import { inTurns, Rounds } from './rounds.ts';

/** Those that most workloads read: at ten reads a second of the analysis this takes two seconds. */
const MAX_OBJECTS = 20;
/** One that only one of them reads is no common factor. */
const SHARED_BY = 2;
/**
 * A kubelet shows a change of a mounted volume after a minute and a half, and a program that reads it then fails within
 * some restarts. https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
 */
const AFTER_MS = 600_000;
/** Timestamps have whole seconds, and a failure may be seen in the second of the change. */
const SECOND_MS = 1000;

interface Sources {
  readonly clock: Pick<Clock, 'now'>;
  readonly reader: Pick<PartReader, 'one'>;
  readonly signal: AbortSignal;
}

export class RevisionSight {
  readonly #from: Sources;
  /** By the trait of the object: UIDs of the workloads that read it and were asked about since the last look. */
  #wanted = new Map<string, Set<string>>();
  /** When each was changed last; undefined where the server does not say it. */
  #changed: ReadonlyMap<string, Instant | undefined> = new Map();
  readonly #rounds: Rounds;

  constructor(from: Sources) {
    this.#from = from;
    this.#rounds = new Rounds(from.clock, () => this.#look());
  }

  /** Of a workload that fails since then, as far as it is known; more may be known after a moment. */
  of(workload: { readonly uid: string; readonly traits: readonly string[] }, since: Instant): readonly string[] {
    const read = workload.traits.filter(isRead);
    for (const name of read) {
      const readers = this.#wanted.get(name) ?? new Set();
      this.#wanted.set(name, readers.add(workload.uid));
    }
    this.#rounds.want();
    return read.flatMap((name) => {
      const at = this.#changed.get(name);
      const isBefore = at !== undefined && at <= since + SECOND_MS && since - at <= AFTER_MS;
      return isBefore ? [revisionTrait(name, at)] : [];
    });
  }

  async #look(): Promise<void> {
    const asked = [...this.#wanted]
      .filter(([, readers]) => readers.size >= SHARED_BY)
      .toSorted(([a, of], [b, others]) => others.size - of.size || (a < b ? -1 : 1))
      .slice(0, MAX_OBJECTS)
      .map(([name]) => name);
    this.#wanted = new Map();
    this.#changed = new Map(await inTurns(asked, async (name) => [name, await this.#changedAt(name)] as const));
  }

  /** As the server said it last, where it does not say it now: a question that fails ends no stop. */
  async #changedAt(text: string): Promise<Instant | undefined> {
    const { kind, name: key } = partsOf(text) ?? {};
    const [namespace = '', name = ''] = key?.split('/') ?? [];
    const read = kind === 'Secret' ? 'Secret' : 'ConfigMap';
    const { items, gap } = await this.#from.reader.one(read, { namespace, name }, this.#from.signal);
    if (gap !== undefined) return this.#changed.get(text);
    const [found] = items;
    return found && lastChangeOf(found)?.at;
  }
}

const isRead = (text: string): boolean => ['ConfigMap', 'Secret'].includes(partsOf(text)?.kind ?? '');
