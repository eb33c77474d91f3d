/**
 * Ollama's own API by its own client: https://github.com/ollama/ollama/blob/main/docs/api.md Always streamed: without,
 * no byte comes before the last token, and fetch gives up.
 */
import type { Model, ModelReply } from '../../operator/ports.ts';
import type { Clock } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { answered, type Asking, failed, ModelError, type ModelSettings } from './bounded-exchange.ts';

export const ollamaModel = (settings: ModelSettings, clock: Clock): Model => ({
  ask: (question, signal) => {
    const asking = { clock, settings, question, signal };
    return answered(asking, (exchange) => chat(asking, exchange));
  },
});

async function chat({ settings, question }: Asking, exchange: typeof fetch): Promise<ModelReply> {
  const { model, url, contextTokens, answerTokens } = settings;
  // Loaded where a model is used, and nowhere else.
  const { Ollama } = await import('ollama');
  const client = new Ollama({ host: url, fetch: lineByLine(exchange) });
  const stream = await client.chat({
    model,
    stream: true,
    messages: [
      { role: 'system', content: question.system },
      { role: 'user', content: question.prompt },
    ],
    format: question.schema,
    options: { num_ctx: contextTokens, num_predict: answerTokens, temperature: 0, seed: 1 },
  });
  let text = '';
  let last: { done_reason?: string; prompt_eval_count?: number; eval_count?: number } = {};
  for await (const part of stream) {
    text += part.message.content;
    last = part;
  }
  const { done_reason: end = 'stop', prompt_eval_count: prompt = 0, eval_count: answer = 0 } = last;
  if (end !== 'stop')
    return failed('truncated', `the answer ended before its end: ${end === 'length' ? end : 'other'}`);
  if (prompt + answerTokens > contextTokens)
    return failed('truncated', `the question has ${prompt} tokens, and the server may have left out its beginning`);
  const { models } = await client.ps();
  const loaded = models.find(({ name }) => name === model || name === `${model}:latest`);
  const context = loaded === undefined ? undefined : contextOf(loaded);
  if (context !== undefined && context < contextTokens)
    return failed('truncated', `the server gives the model ${context} tokens, not ${contextTokens}`);
  return { kind: 'answered', text, model, ...given({ digest: loaded?.digest }), tokens: { prompt, answer } };
}

/** Newer servers tell it, and the types of the client do not have it yet. */
const contextOf = (loaded: object): number | undefined =>
  'context_length' in loaded && typeof loaded.context_length === 'number' ? loaded.context_length : undefined;

/** The client writes a line that is no JSON to the console and goes on; here it ends the answer. */
const lineByLine =
  (exchange: typeof fetch): typeof fetch =>
  async (input, init) => {
    const response = await exchange(input, init);
    const decoder = new TextDecoder();
    let rest = '';
    const lines = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = parts.pop() ?? '';
        for (const part of parts) checked(part);
        controller.enqueue(chunk);
      },
      flush: () => {
        if (rest !== '') checked(rest);
      },
    });
    return new Response(response.body?.pipeThrough(lines) ?? null, {
      status: response.status,
      headers: response.headers,
    });
  };

function checked(line: string): void {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return;
  } catch {
    // Said below.
  }
  throw new ModelError('garbage', 'the server answered with something else than lines of JSON');
}
