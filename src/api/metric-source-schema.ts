/** Servers of metrics as the operator's configuration names them. */
import * as z from 'zod';
import { milliseconds } from './compile-trigger.ts';
import { duration, field } from './fields.ts';
import { serverUrl } from './server-url.ts';

/** The name of the source that is always there; it needs no server. */
export const EMBEDDED_SOURCE = 'embedded';
/** The name of the source that `prometheusUrl` makes. */
export const PROMETHEUS_SOURCE = 'prometheus';

/**
 * Each source is a loop of its own with four requests in flight; a configuration with more servers is probably a
 * mistake.
 */
const MAX_SOURCES = 16;

const sourceName = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const path = z.string().min(1).max(4096);
const noLineBreaks = z.string().regex(/^[^\r\n]+$/);

/** What stands before `/api/v1`. */
const prometheusUrl = serverUrl('https://prometheus.monitoring:9090');

export const prometheusUrlField = field(
  prometheusUrl,
  `The Prometheus-compatible server that metric triggers ask: short for a first entry \`${PROMETHEUS_SOURCE}\` in \`metricSources\`.`,
);

const sourceSchema = z
  .strictObject({
    name: field(sourceName, `What \`metricTrigger.source\` of a policy names. \`${EMBEDDED_SOURCE}\` is taken.`),
    url: field(
      prometheusUrl,
      'What stands before `/api/v1` of Prometheus, Thanos, Mimir or VictoriaMetrics: `https://mimir.example/prometheus`.',
    ),
    timeout: duration('For one query, repetitions included.').default('10s'),
    basicAuth: field(
      z.strictObject({
        username: field(noLineBreaks.max(256), 'Who asks.'),
        passwordFile: field(path, 'File with the password; read again for every query.'),
      }),
      'HTTP basic authentication.',
    ).exactOptional(),
    bearerTokenFile: field(
      path,
      'File with a bearer token; read again for every query, since mounted tokens rotate.',
    ).exactOptional(),
    tls: field(
      z
        .strictObject({
          caFile: field(path, "Certificates (PEM) that are trusted instead of the system's.").exactOptional(),
          certFile: field(path, "The client's certificate (PEM) for mutual TLS.").exactOptional(),
          keyFile: field(path, "The client's key (PEM).").exactOptional(),
          serverName: field(
            z.string().min(1).max(253),
            "The name in the server's certificate when it is not the URL's.",
          ).exactOptional(),
        })
        .refine(
          ({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined),
          'needs certFile and keyFile together',
        ),
      'Files are read again for every query.',
    ).exactOptional(),
    tenant: field(
      z.strictObject({
        header: field(z.string().regex(/^[A-Za-z0-9-]{1,128}$/), 'Its header.').default('X-Scope-OrgID'),
        value: field(noLineBreaks.max(1024), 'Its value.'),
      }),
      'The tenant, for servers that keep several apart.',
    ).exactOptional(),
  })
  .refine(({ basicAuth, bearerTokenFile }) => basicAuth === undefined || bearerTokenFile === undefined, {
    message: 'cannot be used together with bearerTokenFile',
    path: ['basicAuth'],
  });

export const metricSourcesField = field(
  z.array(sourceSchema).max(MAX_SOURCES).superRefine(refuseTakenNames),
  `Servers of metrics. The first is asked by triggers that name none; without any the embedded source is, which is also there as \`${EMBEDDED_SOURCE}\`.`,
);

function refuseTakenNames(sources: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const taken = new Set([EMBEDDED_SOURCE]);
  for (const [index, { name }] of sources.entries()) {
    if (taken.has(name)) context.addIssue({ code: 'custom', path: [index, 'name'], message: `${name} is taken` });
    taken.add(name);
  }
}

export type MetricSourceFile = z.output<typeof sourceSchema>;

export interface MetricServerSettings extends Omit<MetricSourceFile, 'timeout'> {
  readonly timeoutMs: number;
}

/** In the order in which they are the default. */
export function metricServers(
  sources: readonly MetricSourceFile[],
  shortUrl: string | undefined,
): readonly MetricServerSettings[] {
  const servers = sources.map(({ timeout, ...rest }) => ({ ...rest, timeoutMs: milliseconds(timeout) }));
  return shortUrl === undefined ? servers : [{ name: PROMETHEUS_SOURCE, url: shortUrl, timeoutMs: 10_000 }, ...servers];
}
