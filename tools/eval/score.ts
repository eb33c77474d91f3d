/** Points of a suite, by fault family: what was right, what was held back, and what would have done harm. */
import type { ActionType } from '../../src/api/action-template.ts';
import type { CauseName } from '../../src/core/analysis/causes/index.ts';
import type { ObjectRef } from '../../src/core/analysis/evidence.ts';

/** What was said of a case. */
export interface Claim {
  /** Best first. None: it abstained. */
  readonly causes: readonly string[];
  /** Of the first cause: what has to be put right, and where it shows. */
  readonly root?: ObjectRef;
  readonly shows: readonly ObjectRef[];
  /** Any of them is recommended; none: only people can help. */
  readonly acts: readonly ActionType[];
}

export interface Expected {
  readonly family: string;
  /** Any of them is right; empty: nothing is wrong, and the right answer is none. */
  readonly causes: readonly CauseName[];
  readonly object: (root: ObjectRef, shows: readonly ObjectRef[]) => boolean;
  readonly fits: readonly ActionType[];
  readonly harmful: readonly ActionType[];
}

export interface Points {
  cases: number;
  first: number;
  inThree: number;
  object: number;
  action: number;
  abstained: number;
  harmful: number;
}

const NONE: Readonly<Points> = { cases: 0, first: 0, inThree: 0, object: 0, action: 0, abstained: 0, harmful: 0 };

export interface Scored {
  readonly cause: 'right' | 'wrong';
  readonly object: 'right' | 'wrong';
}

export class Score {
  readonly families = new Map<string, Points>();

  add(expected: Expected, { causes, root, shows, acts }: Claim): Scored {
    const points = this.families.get(expected.family) ?? { ...NONE };
    this.families.set(expected.family, points);
    const isRight = (cause: string): boolean => expected.causes.some((one) => one === cause);
    const quiet = expected.causes.length === 0;
    const first = quiet ? causes.length === 0 : causes.slice(0, 1).some(isRight);
    const object = quiet ? first : root !== undefined && expected.object(root, shows);
    points.cases++;
    points.first += Number(first);
    points.inThree += Number(quiet ? first : causes.slice(0, 3).some(isRight));
    points.object += Number(object);
    // The first action of a ladder that the analysis would keep: one that fits, or none where none does.
    points.action += Number(
      expected.fits.length === 0 ? acts.length === 0 : acts.some((type) => expected.fits.includes(type)),
    );
    points.abstained += Number(causes.length === 0);
    points.harmful += Number(acts.some((type) => expected.harmful.includes(type)));
    return { cause: first ? 'right' : 'wrong', object: object ? 'right' : 'wrong' };
  }

  get total(): Points {
    const sum = { ...NONE };
    for (const points of this.families.values())
      for (const key of Object.keys(sum) as (keyof Points)[]) sum[key] += points[key];
    return sum;
  }

  text(title: string): string {
    const rows = [...this.families].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const share = (part: number, of: number): string => (of === 0 ? '-' : (part / of).toFixed(3));
    const line = (name: string, points: Points): string =>
      [
        name.padEnd(24),
        String(points.cases).padStart(6),
        ...[points.first, points.inThree, points.object, points.action].map((part) =>
          share(part, points.cases).padStart(9),
        ),
        String(points.abstained).padStart(10),
        String(points.harmful).padStart(8),
      ].join('');
    return [
      title,
      `${'family'.padEnd(24)}${'cases'.padStart(6)}${'first'.padStart(9)}${'in three'.padStart(9)}${'object'.padStart(9)}${'action'.padStart(9)}${'abstained'.padStart(10)}${'harmful'.padStart(8)}`,
      ...rows.map(([name, points]) => line(name, points)),
      line('all', this.total),
    ].join('\n');
  }
}
