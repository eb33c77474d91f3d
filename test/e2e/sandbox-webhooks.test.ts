/** Webhooks of the sandbox over real TLS, as `kubeskippy sandbox` calls them. Certificates are made by openssl. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsOverTls, createSandbox, type Sandbox, systemClock } from '../../src/sandbox/index.ts';
import { certificatesIn, hasOpenssl } from '../kit/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-webhooks-'));
const { path, selfSigned } = certificatesIn(folder);
const openssl = hasOpenssl();
if (!openssl) console.warn('skipped: webhooks over TLS need openssl, which is not installed');

interface Review {
  readonly request: { readonly uid: string; readonly object: { readonly data?: Readonly<Record<string, string>> } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe.skipIf(!openssl)('a webhook over TLS', () => {
  let hooks: Server;
  let port = 0;
  let sandbox: Sandbox;
  let url = '';
  const caBundle = (name: string): string => readFileSync(path(`${name}.crt`)).toString('base64');

  beforeAll(async () => {
    const names = 'subjectAltName=DNS:hooks.shop.svc,IP:127.0.0.1';
    selfSigned('hooks', '-subj', '/CN=hooks', '-addext', names);
    selfSigned('other', '-subj', '/CN=other', '-addext', 'subjectAltName=DNS:other.shop.svc');
    hooks = createServer(
      { cert: readFileSync(path('hooks.crt')), key: readFileSync(path('hooks.key')) },
      (request, response) => {
        void textOf(request).then((text) => {
          const { uid, object } = (JSON.parse(text) as Review).request;
          const allowed = object.data?.['cat'] === undefined;
          const status = { message: `no cats at ${request.url ?? ''} of ${request.headers.host ?? ''}` };
          response.end(
            JSON.stringify({
              apiVersion: 'admission.k8s.io/v1',
              kind: 'AdmissionReview',
              response: { uid, allowed, status },
            }),
          );
        });
      },
    );
    await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', resolve));
    ({ port } = hooks.address() as AddressInfo);
    sandbox = createSandbox({
      clock: systemClock,
      controllers: 'off',
      scheduler: 'off',
      kubelet: 'off',
      outside: callsOverTls((service) => (service.name === 'nowhere' ? undefined : `127.0.0.1:${port}`)),
    });
    ({ url } = await sandbox.serve({ port: 0 }));
  }, 60_000);

  afterAll(async () => {
    await sandbox?.close();
    hooks?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the server says to a ConfigMap with a cat in it, while the webhook is registered so. */
  async function said(clientConfig: object): Promise<string> {
    const configurations = `${url}/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations`;
    const rules = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }];
    const webhook = {
      name: 'cats.hooks.example',
      rules,
      clientConfig,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    };
    const post = async (to: string, body: object) => {
      const headers = { 'content-type': 'application/json' };
      return fetch(to, { method: 'POST', headers, body: JSON.stringify(body) });
    };
    const registered = await post(configurations, { metadata: { name: 'c' }, webhooks: [webhook] });
    expect(registered.status).toBe(201);
    const answer = await post(`${url}/api/v1/namespaces/default/configmaps`, {
      metadata: { name: 'm' },
      data: { cat: '1' },
    });
    const { message } = (await answer.json()) as { readonly message: string };
    await fetch(`${configurations}/c`, { method: 'DELETE' });
    return message;
  }

  const service = (name: string) => ({ service: { namespace: 'shop', name, path: '/cats' } });

  it('is asked at its Service, under the name that its certificate has', async () => {
    expect(await said({ ...service('hooks'), caBundle: caBundle('hooks') })).toBe(
      'admission webhook "cats.hooks.example" denied the request: no cats at /cats?timeout=10s of hooks.shop.svc:443',
    );
  });

  it('is asked at its URL', async () => {
    expect(await said({ url: `https://127.0.0.1:${port}/cats`, caBundle: caBundle('hooks') })).toContain(
      'no cats at /cats?timeout=10s',
    );
  });

  it.each<[string, () => object, string]>([
    [
      'with the certificate of an authority that is not trusted',
      () => ({ ...service('hooks'), caBundle: caBundle('other') }),
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    [
      'with the certificate of another name',
      () => ({ ...service('else'), caBundle: caBundle('hooks') }),
      'tls: failed to verify certificate: x509: ',
    ],
    [
      'where nobody listens',
      () => ({ url: 'https://127.0.0.1:1/', caBundle: caBundle('hooks') }),
      'Post "https://127.0.0.1:1/?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
    ],
    [
      'on another machine',
      () => ({ url: 'https://192.0.2.1/' }),
      'the sandbox calls no servers but those of this machine',
    ],
    ['of a Service that is nowhere', () => service('nowhere'), 'service "nowhere" not found'],
  ])('%s is not asked', async (_title, config, problem) => {
    expect(await said(config())).toContain(problem);
  });
});
