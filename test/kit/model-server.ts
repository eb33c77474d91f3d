/** A server that speaks the protocols of Ollama and of chat completions, and says what its test wants. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { MODEL_DEFAULTS } from '../../src/adapters/models/bounded-exchange.ts';
import { ollamaModel } from '../../src/adapters/models/ollama.ts';
import { openaiModel } from '../../src/adapters/models/openai.ts';
import type { Model } from '../../src/operator/ports.ts';
import { systemClock } from '../../src/std/clock.ts';

export type Handler = (response: ServerResponse, path: string, body: string) => void | Promise<void>;
export interface Protocol {
  readonly model: (url: string, settings?: object) => Model;
  /** One message of a stream. */
  readonly part: (text: string) => string;
  readonly end: (how: string) => string;
  readonly error: string;
}

export const sse = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
export const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
export const chunk = (choice: object): object => ({
  model: 'tiny-1',
  system_fingerprint: 'fp1',
  choices: [{ index: 0, ...choice }],
});

export const PROTOCOLS: Readonly<Record<'ollama' | 'openai', Protocol>> = {
  ollama: {
    model: (url, settings) => ollamaModel({ ...MODEL_DEFAULTS, url, model: 'tiny', ...settings }, systemClock),
    part: (text) => line({ model: 'tiny', message: { role: 'assistant', content: text }, done: false }),
    end: (how) => line({ message: { content: '' }, done: true, done_reason: how, prompt_eval_count: 7, eval_count: 3 }),
    error: line({ error: 'out of memory' }),
  },
  openai: {
    model: (url, settings) =>
      openaiModel({ ...MODEL_DEFAULTS, url: `${url}/v1`, model: 'tiny', ...settings }, systemClock),
    part: (text) => sse(chunk({ delta: { content: text }, finish_reason: null })),
    end: (how) =>
      sse(chunk({ delta: {}, finish_reason: how })) +
      sse({ model: 'tiny-1', choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } }) +
      'data: [DONE]\n\n',
    error: sse({ error: { message: 'out of memory' } }),
  },
};

const PS = { models: [{ name: 'tiny:latest', digest: 'sha256:abc', context_length: 16_384 }] };

const LISTS: Readonly<Record<string, object>> = {
  '/api/tags': { models: [{ name: 'tiny' }] },
  '/v1/models': { object: 'list', data: [{ id: 'tiny', object: 'model' }] },
};

/** Ends with the test. Lists of models have one, `tiny`. */
export async function servedModel(handler: Handler, ps: object = PS): Promise<string> {
  const read = async (request: IncomingMessage): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    return Buffer.concat(parts).toString();
  };
  const here = createServer((request, response) => {
    const path = request.url ?? '';
    const known = LISTS[path] ?? (path === '/api/ps' ? ps : undefined);
    void read(request).then((body) =>
      known === undefined
        ? handler(response, path, body)
        : response.setHeader('content-type', 'application/json').end(JSON.stringify(known)),
    );
  });
  onTestFinished(() => {
    here.closeAllConnections();
    here.close();
  });
  await new Promise<void>((resolve) => here.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(here.address() as AddressInfo).port}`;
}
