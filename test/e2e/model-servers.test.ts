/** Both adapters of models against a server that speaks both protocols, well and in every bad way. */
import { describe, expect, it, vi } from 'vitest';
import type { Model } from '../../src/operator/ports.ts';
import { turn } from '../../src/std/clock.ts';
import { chunk, type Handler, line, PROTOCOLS, servedModel as served, sse } from '../kit/model-server.ts';

const QUESTION = { system: 'Be brief.', prompt: 'Why?', schema: { type: 'object' } };
const TEXT = '{"cause":"Other"}';

const ask = (model: Model, signal = new AbortController().signal) => model.ask(QUESTION, signal);

describe.each(['ollama', 'openai'] as const)('a model behind %s', (name) => {
  const { model, part, end, error } = PROTOCOLS[name];
  const whole: Handler = (response) => {
    response.write(part(TEXT.slice(0, 5)));
    response.end(part(TEXT.slice(5)) + end('stop'));
  };

  it('answers by a stream, and says which model it is and how many tokens that were', async () => {
    let asked = '';
    const url = await served((response, path, body) => {
      asked = body;
      return whole(response, path, body);
    });
    expect(await ask(model(url))).toEqual({
      kind: 'answered',
      text: TEXT,
      ...(name === 'ollama' ? { model: 'tiny', digest: 'sha256:abc' } : { model: 'tiny-1', digest: 'fp1' }),
      tokens: { prompt: 7, answer: 3 },
    });
    expect(JSON.parse(asked)).toMatchObject({
      stream: true,
      ...(name === 'ollama'
        ? { format: { type: 'object' }, options: { num_ctx: 16_384, num_predict: 1_024, temperature: 0 } }
        : { response_format: { json_schema: { strict: true, schema: { type: 'object' } } } }),
    });
  });

  const status =
    (code: number): Handler =>
    (response) => {
      response.writeHead(code, { location: 'http://127.0.0.1:1/' }).end('<html>secret</html>');
    };
  const noise = vi.spyOn(console, 'warn');

  it.each<readonly [string, Handler, string]>([
    ['has not the model', status(404), 'noSuchModel'],
    ['is overloaded', status(503), 'overloaded'],
    ['asks to slow down', status(429), 'overloaded'],
    ['fails', status(500), 'serverRefused'],
    ['wants a key', status(401), 'serverRefused'],
    ['sends elsewhere', status(302), 'serverRefused'],
    ['stops at the limit of tokens', (response) => void response.end(part(TEXT) + end('length')), 'truncated'],
    ['says nothing', (response) => void response.end(), 'brokenOff'],
    ['stops without an end', (response) => void response.end(part(TEXT)), 'brokenOff'],
    ['tells an error in the middle', (response) => void response.end(part(TEXT) + error), 'brokenOff'],
    [
      'breaks off the connection',
      async (response) => {
        response.write(part(TEXT));
        await turn();
        response.destroy();
      },
      'brokenOff',
    ],
    ['writes garbage', (response) => void response.end(`data: \u0000{{{\n\n${part(TEXT)}${end('stop')}`), 'garbage'],
  ])('that %s gives none', async (_case, handler, failure) => {
    const url = await served(handler);
    expect(await ask(model(url))).toMatchObject({ kind: 'failed', failure });
    // A client that tells the console what it was sent would tell it to the logs.
    expect(noise).not.toHaveBeenCalled();
  });

  it('that never ends is cut off by its bytes', async () => {
    const url = await served((response) => {
      const more = (): void => {
        if (response.destroyed) return;
        response.write(part('x'.repeat(10_000)));
        setImmediate(more);
      };
      more();
    });
    expect(await ask(model(url))).toMatchObject({ kind: 'failed', failure: 'answerTooLong' });
  });

  it('that is silent is given up at the deadline, and when it is asked to end', async () => {
    const url = await served((response) => void response.write(part('x')));
    expect(await ask(model(url, { timeoutMs: 200 }))).toMatchObject({ kind: 'failed', failure: 'late' });
    const over = new AbortController();
    const asking = ask(model(url), over.signal);
    over.abort(new Error('over'));
    await expect(asking).rejects.toThrow('over');
  });

  it('that is not there is none', async () => {
    expect(await ask(model('http://127.0.0.1:1'))).toMatchObject({ kind: 'failed', failure: 'unreachable' });
  });

  it('is not asked what does not fit', async () => {
    const long = { ...QUESTION, prompt: 'x'.repeat(40_000) };
    expect(await model('http://127.0.0.1:1').ask(long, new AbortController().signal)).toMatchObject({
      failure: 'promptTooLong',
    });
  });
});

describe('a model behind ollama', () => {
  const { model, part } = PROTOCOLS.ollama;
  it('that has less context than was asked for gives none', async () => {
    const whole: Handler = (response) => void response.end(part(TEXT) + PROTOCOLS.ollama.end('stop'));
    const url = await served(whole, { models: [{ name: 'tiny', digest: 'd', context_length: 4_096 }] });
    expect(await ask(model(url))).toMatchObject({ failure: 'truncated' });
  });

  it('whose question filled the context gives none', async () => {
    const full = line({ message: { content: TEXT }, done: true, done_reason: 'stop', prompt_eval_count: 16_000 });
    const url = await served((response) => void response.end(full));
    expect(await ask(model(url))).toMatchObject({ failure: 'truncated' });
  });
});

describe('a model behind openai', () => {
  const { model, end } = PROTOCOLS.openai;
  it.each([
    ['refuses', sse(chunk({ delta: { refusal: 'I cannot' }, finish_reason: null })) + end('stop')],
    ['is filtered', end('content_filter')],
  ])('that %s gives none', async (_case, body) => {
    const url = await served((response) => void response.end(body));
    expect(await ask(model(url))).toMatchObject({ failure: 'modelRefused' });
  });

  it('gets the key that its file has now', async () => {
    let key = 'first';
    const seen: (string | undefined)[] = [];
    const url = await served((response) => {
      seen.push(response.req.headers.authorization);
      response.end(end('stop'));
    });
    const keyed = model(url, { key: () => Promise.resolve(key) });
    await ask(keyed);
    key = 'second';
    await ask(keyed);
    expect(seen).toEqual(['Bearer first', 'Bearer second']);
  });
});
