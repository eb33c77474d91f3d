/** Points of a suite, by fault family: what was right, what was held back, and what would have done harm. */
import type { ActionType } from '../../src/api/action-template.ts';
import type { CauseName } from '../../src/core/analysis/causes/index.ts';
import type { Analysis } from '../../src/core/analysis/finding.ts';

export interface Expected {
  readonly family: string;
  /** Any of them is right; empty: nothing is wrong, and the right answer is none. */
  readonly causes: readonly CauseName[];
  /** `Deployment shop/web`, or a pattern of what the root may be called. */
  readonly object: (analysis: Analysis<CauseName>, at: number) => boolean;
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
  readonly right: boolean;
  readonly found: readonly CauseName[];
}

export class Score {
  readonly families = new Map<string, Points>();

  add(expected: Expected, analysis: Analysis<CauseName>): Scored {
    const points = this.families.get(expected.family) ?? { ...NONE };
    this.families.set(expected.family, points);
    const found = analysis.findings.map(({ cause }) => cause);
    const [best] = analysis.findings;
    const isRight = (cause: CauseName | undefined): boolean => cause !== undefined && expected.causes.includes(cause);
    const quiet = expected.causes.length === 0;
    const right = quiet ? best === undefined : isRight(found[0]);
    points.cases++;
    points.first += Number(right);
    points.inThree += Number(quiet ? right : found.slice(0, 3).some(isRight));
    points.object += Number(quiet ? right : best !== undefined && expected.object(analysis, 0));
    const fits = best?.cures.fits ?? [];
    // The first action of a ladder that the analysis would keep: one that fits, or none where none does.
    points.action += Number(
      expected.fits.length === 0 ? fits.length === 0 : fits.some((type) => expected.fits.includes(type)),
    );
    points.abstained += Number(best === undefined);
    points.harmful += Number(fits.some((type) => expected.harmful.includes(type)));
    return { right, found };
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
