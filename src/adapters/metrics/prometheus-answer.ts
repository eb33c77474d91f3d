/** The JSON of `/api/v1/query` to a result. Wire data is checked here and nowhere else. */
import { type MetricResult, type MetricSample, unknown } from './source.ts';

interface Envelope {
  readonly status?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
  readonly errorType?: unknown;
  readonly error?: unknown;
  readonly warnings?: unknown;
  readonly infos?: unknown;
  /** VictoriaMetrics' cluster: some storage nodes did not answer. */
  readonly isPartial?: unknown;
}

export function readAnswer({ status, text }: { status: number; text: string }): MetricResult {
  const envelope = parseJson(text);
  if (envelope === undefined) return unknown('SourceDown', `HTTP ${status} without a JSON body`);
  const warnings = [...strings(envelope.warnings), ...strings(envelope.infos)];
  if (envelope.status !== 'success') return refusal(status, envelope, warnings);
  if (envelope.isPartial === true) return unknown('Partial', 'the server says that its answer is partial', warnings);
  const result = envelope.data?.result;
  switch (envelope.data?.resultType) {
    case 'scalar': {
      const value = valueOf(result);
      return value === undefined ? malformed(warnings) : { type: 'scalar', value, warnings };
    }
    case 'vector': {
      const samples = Array.isArray(result) ? result.map(sampleOf) : [undefined];
      const known = samples.filter((sample) => sample !== undefined);
      return known.length === samples.length ? { type: 'vector', samples: known, warnings } : malformed(warnings);
    }
    default:
      return unknown(
        'InvalidQuery',
        `the query answers a ${String(envelope.data?.resultType)}, not a vector or scalar`,
        warnings,
      );
  }
}

const malformed = (warnings: readonly string[]): MetricResult => unknown('SourceDown', 'malformed result', warnings);

function refusal(status: number, { errorType, error }: Envelope, warnings: readonly string[]): MetricResult {
  const message = typeof error === 'string' ? error : `HTTP ${status}`;
  if (errorType === 'bad_data' || (status === 400 && errorType === undefined))
    return unknown('InvalidQuery', message, warnings);
  if (errorType === 'execution' || status === 422) return unknown('Failed', message, warnings);
  return unknown('SourceDown', message, warnings);
}

function parseJson(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** `[1700000000.123, "0.5"]`. */
function valueOf(pair: unknown): number | undefined {
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  if (typeof text !== 'string') return undefined;
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return text === '' || (Number.isNaN(value) && text !== 'NaN') ? undefined : value;
}

function sampleOf(item: unknown): MetricSample | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { metric, value: pair } = item as { metric?: unknown; value?: unknown };
  const value = valueOf(pair);
  if (value === undefined || typeof metric !== 'object' || metric === null) return undefined;
  const entries = Object.entries(metric).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { labels: Object.fromEntries(entries), value };
}
