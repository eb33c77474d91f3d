/**
 * The servers of the operator's configuration as sources. Files are read for each query: what is renewed or repaired
 * needs no restart.
 */
import { readFile } from 'node:fs/promises';
import type { MetricServerSettings } from '../../api/metric-source-schema.ts';
import type { TlsIdentity } from './http-exchange.ts';
import {
  type Authentication,
  PROMETHEUS_DEFAULTS,
  type PrometheusDependencies,
  PrometheusSource,
} from './prometheus.ts';
import type { MetricSource } from './source.ts';
import { given } from '../../std/given.ts';

export function configuredSources(
  servers: readonly MetricServerSettings[],
  dependencies: PrometheusDependencies,
): ReadonlyMap<string, MetricSource> {
  return new Map(servers.map((server) => [server.name, configuredSource(server, dependencies)]));
}

function configuredSource(
  { url, timeoutMs, tls, tenant, ...rest }: MetricServerSettings,
  dependencies: PrometheusDependencies,
): MetricSource {
  return new PrometheusSource(
    {
      ...PROMETHEUS_DEFAULTS,
      url,
      timeoutMs,
      authentication: authenticationOf(rest),
      ...given({ tls: tls === undefined ? undefined : () => identityOf(tls), tenant }),
    },
    dependencies,
  );
}

function authenticationOf({
  basicAuth,
  bearerTokenFile,
}: Pick<MetricServerSettings, 'basicAuth' | 'bearerTokenFile'>): Authentication {
  if (basicAuth !== undefined) {
    const { username, passwordFile } = basicAuth;
    return { type: 'basic', username, password: () => readFile(passwordFile, 'utf8') };
  }
  return bearerTokenFile === undefined
    ? { type: 'none' }
    : { type: 'bearer', token: () => readFile(bearerTokenFile, 'utf8') };
}

async function identityOf({
  caFile,
  certFile,
  keyFile,
  serverName,
}: NonNullable<MetricServerSettings['tls']>): Promise<TlsIdentity> {
  const [ca, cert, key] = await Promise.all([textOf(caFile), textOf(certFile), textOf(keyFile)]);
  return given({ ca, cert, key, serverName });
}

const textOf = async (file: string | undefined): Promise<string | undefined> =>
  file === undefined ? undefined : readFile(file, 'utf8');
