/** One HTTP request and its whole answer, bounded in size and ended by a signal. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface TlsIdentity {
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
}

export interface Exchange {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly tls: TlsIdentity | undefined;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export type ExchangeCode = 'Unreachable' | 'TooLarge' | 'Cancelled';

export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly code: ExchangeCode;

  constructor(message: string, code: ExchangeCode, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** POST. Rejects with `ExchangeError` when no whole answer came. */
export function exchange({ url, headers, body, tls, maxBytes, signal }: Exchange): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (code: ExchangeCode, cause: unknown): void => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      reject(new ExchangeError(signal.aborted ? 'cancelled' : reason, signal.aborted ? 'Cancelled' : code, cause));
    };
    const options = { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, signal };
    const identity = { ca: tls?.ca, cert: tls?.cert, key: tls?.key, servername: tls?.serverName };
    const send = url.protocol === 'https:' ? requestHttps(url, { ...options, ...identity }) : requestHttp(url, options);
    send.on('error', (error) => fail('Unreachable', error));
    send.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', (error) => fail('Unreachable', error));
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes <= maxBytes) return;
        fail('TooLarge', `answer larger than ${maxBytes} bytes`);
        response.destroy();
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    send.end(body);
  });
}
