/** Reads the text exposition format, as far as the embedded cluster writes it. */
export interface ScrapedSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const PAIR = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y;

/** Throws for what a Prometheus would refuse: a malformed line, the same series twice, a family apart from its type. */
export function readExposition(text: string): readonly ScrapedSeries[] {
  const seen = new Set<string>();
  const typed = new Set<string>();
  let family = '';
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const type = /^# TYPE (\S+) (?:gauge|counter)$/.exec(line);
      if (type !== null) {
        family = type[1] ?? '';
        if (typed.has(family)) throw new Error(`${family} is typed twice`);
        typed.add(family);
        return [];
      }
      const match = LINE.exec(line);
      if (match === null || match[1] !== family) throw new Error(`unexpected line in ${family}: ${line}`);
      const labels = readLabels(match[2] ?? '');
      const key = `${family}${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      return [{ name: family, labels, value: Number(match[3]?.replace('Inf', 'Infinity')) }];
    });
}

function readLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < text.length) {
    const at = PAIR.lastIndex;
    const match = PAIR.exec(text);
    if (match === null) throw new Error(`malformed labels at ${at}: ${text}`);
    labels[match[1] ?? ''] = (match[2] ?? '').replaceAll(/\\(.)/g, (_, escaped: string) =>
      escaped === 'n' ? '\n' : escaped,
    );
  }
  return labels;
}
