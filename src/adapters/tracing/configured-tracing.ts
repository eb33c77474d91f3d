/**
 * Traces of episodes, where the configuration or the environment names a receiver. The SDK of OpenTelemetry is loaded
 * then alone: it takes memory and time at start that others need not pay.
 */
import { readFile } from 'node:fs/promises';
import { given } from '../../std/given.ts';
import type { Receiver, Tracing, TracingConfig } from './tracing.ts';

/** Undefined: none is named, the SDK is switched off, or its address is none. */
export async function configuredTracing(config: TracingConfig): Promise<Tracing | undefined> {
  const receiver = receiverOf(config);
  if (receiver === undefined) return undefined;
  const { openTelemetry } = await import('./open-telemetry.ts');
  return openTelemetry(receiver, config);
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp */
function receiverOf({ settings, env, logger }: TracingConfig): Receiver | undefined {
  if (settings !== undefined) {
    const { endpoint, bearerTokenFile: file } = settings;
    const headers = file === undefined ? undefined : () => bearer(file);
    return { url: below(endpoint), ...given({ headers }) };
  }
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own, OTEL_EXPORTER_OTLP_ENDPOINT: shared } = env;
  const url = own ? own : shared ? below(shared) : undefined;
  if (url === undefined || isHttp(url)) return url === undefined ? undefined : { url };
  const name = own ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT';
  logger.warn({}, `no traces are sent: ${name} is not a URL such as http://otel-collector.observability:4318`);
  return undefined;
}

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const below = (endpoint: string): string => `${endpoint.replace(/\/$/, '')}/v1/traces`;

const bearer = async (file: string): Promise<Record<string, string>> => ({
  authorization: `Bearer ${(await readFile(file, 'utf8')).trim()}`,
});
