/** Where traces of episodes go, as the operator's configuration says it. */
import * as z from 'zod';
import { field } from './fields.ts';
import { serverUrl } from './server-url.ts';

export const tracingField = field(
  z.strictObject({
    endpoint: field(
      serverUrl('http://otel-collector.observability:4318'),
      'A receiver of OTLP over HTTP; spans are sent to `/v1/traces` below it. It goes before `OTEL_EXPORTER_OTLP_ENDPOINT` of the environment.',
    ),
    bearerTokenFile: field(
      z.string().min(1).max(4096),
      'File with a bearer token; read again for every batch, since mounted tokens rotate.',
    ).exactOptional(),
  }),
  'Each episode as a trace, by OpenTelemetry. Omitted: where the environment names an endpoint, else nowhere.',
);
export type TracingSettings = z.output<typeof tracingField>;
