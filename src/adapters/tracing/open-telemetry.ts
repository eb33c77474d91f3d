/**
 * Spans to a receiver of OTLP over HTTP, by OpenTelemetry's own SDK. Imported only where traces are made: see
 * configured-tracing.ts.
 */
import { type Context, diag, DiagLogLevel, type HrTime, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { TraceSpan } from '../../operator/ports.ts';
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { Receiver, Tracing, TracingConfig } from './tracing.ts';

/**
 * A healing has eight spans of about 1 KB: 250 healings, which is four hours of an operator at its default limit of 60
 * actions an hour. More wait only while the receiver is away, and then the oldest of them are of no use to anybody.
 */
const MAX_WAITING = 2048;
/** Of the 10 s that SIGTERM leaves to the whole process. */
const CLOSE_MS = 2000;
/** A server may answer with a page; its first words say enough. */
const MAX_ERROR = 200;

/** The SDK asks for ids when it makes a span; each has its own already. */
class GivenIds implements IdGenerator {
  next: Pick<TraceSpan, 'traceId' | 'spanId'> = { traceId: '', spanId: '' };
  readonly generateTraceId = (): string => this.next.traceId;
  readonly generateSpanId = (): string => this.next.spanId;
}

type Watched = Pick<TracingConfig, 'logger' | 'onSpans'> & { readonly url: string };

/** Counts what the receiver took, and says once that it takes nothing, and once that it does again. */
function watched(
  inner: SpanExporter,
  { logger, onSpans, url }: Watched,
  onDone: (count: number) => void,
): SpanExporter {
  const { host } = new URL(url);
  let standing: 'takes' | 'refuses' = 'takes';
  const see = ({ code, error }: ExportResult, count: number): void => {
    onDone(count);
    const now = code === ExportResultCode.SUCCESS ? 'takes' : 'refuses';
    onSpans(now === 'takes' ? 'exported' : 'notTaken', count);
    if (now === standing) return;
    standing = now;
    if (now === 'takes') logger.info({ receiver: host }, 'traces are taken again');
    else
      logger.warn(
        { receiver: host, error: (error?.message ?? 'no reason was given').slice(0, MAX_ERROR) },
        'traces are not taken; healing goes on without them, and kubeskippy_trace_spans_total counts what is lost',
      );
  };
  return {
    export: (spans: ReadableSpan[], resultCallback: (result: ExportResult) => void) =>
      inner.export(spans, (result) => {
        see(result, spans.length);
        resultCallback(result);
      }),
    forceFlush: () => inner.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => inner.shutdown(),
  };
}

/** What the SDK says of its settings, for example of an unknown sampler. Later words would come with each batch. */
function tellingOfSettings<T>({ logger }: Pick<TracingConfig, 'logger'>, make: () => T): T {
  const tell = (message: string): void => logger.warn({}, `OpenTelemetry: ${message}`);
  const ignore = (): void => undefined;
  diag.setLogger({ error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
  try {
    return make();
  } finally {
    diag.disable();
  }
}

export const openTelemetry = (receiver: Receiver, config: TracingConfig): Tracing =>
  tellingOfSettings(config, () => tracingTo(receiver, config));

function tracingTo({ url, headers }: Receiver, config: TracingConfig): Tracing {
  const { version, namespace, clock, onSpans } = config;
  let waiting = 0;
  const exporter = watched(
    new OTLPTraceExporter({ url, ...given({ headers }) }),
    { ...config, url },
    (count) => void (waiting -= count),
  );
  const ids = new GivenIds();
  const own = { 'service.name': 'kubeskippy', 'service.version': version, 'k8s.namespace.name': namespace };
  const provider = new BasicTracerProvider({
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before the rest.
    resource: defaultResource()
      .merge(resourceFromAttributes(own))
      .merge(detectResources({ detectors: [envDetector] })),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: MAX_WAITING })],
  });
  const tracer = provider.getTracer('kubeskippy', version);
  /** The sampler decides for the root, by the id of the trace; what is below it is kept or left with it. */
  const parentOf = ({ traceId, parentId, startAt }: TraceSpan): Context => {
    if (parentId === undefined) return ROOT_CONTEXT;
    ids.next = { traceId, spanId: parentId };
    const { traceFlags } = tracer.startSpan('episode', { startTime: timeOf(startAt) }, ROOT_CONTEXT).spanContext();
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parentId, traceFlags });
  };
  const put = (span: TraceSpan): void => {
    const parent = parentOf(span);
    ids.next = span;
    const made = tracer.startSpan(
      span.name,
      { startTime: timeOf(span.startAt), attributes: attributesOf(span) },
      parent,
    );
    if (!made.isRecording()) return;
    if (waiting >= MAX_WAITING) return onSpans('queueFull', 1);
    waiting++;
    if (span.failed !== undefined) made.setStatus({ code: SpanStatusCode.ERROR, message: span.failed });
    made.end(timeOf(span.endAt));
  };
  return {
    ended: (spans) => spans.forEach(put),
    close: async () => {
      const over = new AbortController();
      const late = clock.after(CLOSE_MS, over.signal).catch(() => undefined);
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      over.abort(new Error('closed'));
    },
  };
}

const timeOf = (at: Instant): HrTime => [Math.floor(at / 1000), Math.round((at % 1000) * 1e6)];

const attributesOf = ({ attributes }: TraceSpan) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  );
