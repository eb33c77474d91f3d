/**
 * Prometheus' text format, as far as one reader needs it. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { Wanted } from './object-series.ts';

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*$/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/gy;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

export interface Exposition {
  /** Names of all metrics that have a sample. */
  readonly families: ReadonlySet<string>;
  /** The samples of the wanted ones. Undefined when the text is none. */
  readonly series: readonly Wanted[];
}

/**
 * Only wanted lines are taken apart: a kubelet publishes some hundred series for each container, of which a rule reads
 * one or two.
 */
export function readExposition(text: string, isWanted: (family: string) => boolean): Exposition | undefined {
  const families = new Set<string>();
  const series: Wanted[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
    if (name === undefined) return undefined;
    families.add(name);
    if (!isWanted(name)) continue;
    const [, family, labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    const parsed = numberOf(value);
    if (family === undefined || parsed === undefined) return undefined;
    series.push({ family, labels: labelsOf(labels), value: parsed });
  }
  return { families, series };
}

/** Empty labels are none. */
const labelsOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(LABEL)].flatMap(([, name = '', value = '']) =>
      value === '' ? [] : [[name, value.replaceAll(/\\[n"\\]/g, (escape) => ESCAPES[escape] ?? escape)]],
    ),
  );

function numberOf(text: string): number | undefined {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(text);
  return text === '' || (Number.isNaN(value) && !/^nan$/i.test(text)) ? undefined : value;
}
