/**
 * Chat completions as OpenAI, vLLM, llama.cpp and many others serve them, by OpenAI's own client. Always streamed.
 * https://platform.openai.com/docs/api-reference/chat/create
 */
import type { Model, ModelReply } from '../../operator/ports.ts';
import type { Clock } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { answered, type Asking, failed, type ModelSettings } from './bounded-exchange.ts';

export interface OpenaiSettings extends ModelSettings {
  /** Read for every question, since mounted files rotate. Undefined: the server asks for none. */
  readonly key?: () => Promise<string>;
}

export const openaiModel = (settings: OpenaiSettings, clock: Clock): Model => ({
  ask: (question, signal) => {
    const asking = { clock, settings, question, signal };
    return answered(asking, async (exchange) => complete(asking, exchange, await settings.key?.()));
  },
});

async function complete(
  { settings, question }: Asking,
  exchange: typeof fetch,
  key: string | undefined,
): Promise<ModelReply> {
  // Loaded where a model is used, and nowhere else.
  const { OpenAI } = await import('openai');
  const client = new OpenAI({
    baseURL: settings.url,
    // Without one the client would not start, and with none of these it would look into the environment.
    apiKey: key ?? 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: settings.timeoutMs,
    fetch: exchange,
  });
  // The exchange ends by the deadline and with the operator. Given the signal as well, the client would leave a
  // listener on it for every question.
  const stream = await client.chat.completions.create({
    model: settings.model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      { role: 'system', content: question.system },
      { role: 'user', content: question.prompt },
    ],
    max_completion_tokens: settings.answerTokens,
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: question.schema } },
  });
  let text = '';
  let end: string | undefined;
  let refusal = false;
  let model = settings.model;
  let digest: string | undefined;
  let tokens = { prompt: 0, answer: 0 };
  for await (const { choices, usage, model: by, system_fingerprint: fingerprint } of stream) {
    const [choice] = choices;
    text += choice?.delta.content ?? '';
    refusal ||= (choice?.delta.refusal ?? '') !== '';
    end = choice?.finish_reason ?? end;
    model = by;
    digest = fingerprint ?? digest;
    if (usage) tokens = { prompt: usage.prompt_tokens, answer: usage.completion_tokens };
  }
  if (refusal || end === 'content_filter') return failed('modelRefused', 'the model refused to answer');
  if (end === 'length') return failed('truncated', 'the answer ended before its end');
  if (end !== 'stop') return failed('brokenOff', 'the server ended its answer without saying that it is whole');
  return { kind: 'answered', text, model, ...given({ digest }), tokens };
}
