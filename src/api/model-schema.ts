/** The server of a language model as the operator's configuration names it. */
import * as z from 'zod';
import { milliseconds } from './compile-trigger.ts';
import { duration, field } from './fields.ts';
import { serverUrl } from './server-url.ts';

/** Undici waits 300 s for the first byte of an answer. */
const MAX_TIMEOUT_MS = 290_000;

const url = serverUrl('http://ollama.ollama:11434');

export const aiField = field(
  z
    .strictObject({
      provider: field(
        z.enum(['ollama', 'openai']),
        "`ollama`: Ollama's own API. `openai`: chat completions, as OpenAI, vLLM and llama.cpp serve them.",
      ).default('ollama'),
      endpoint: field(url, 'The server: `http://ollama.ollama:11434`, `https://api.openai.com/v1`.'),
      model: field(z.string().min(1).max(253), 'The name of the model, as its server knows it.'),
      apiKeyFile: field(
        z.string().min(1).max(4096),
        'File with the key of the server, for provider `openai`; read again for every question.',
      ).exactOptional(),
      timeout: duration('For one answer; at most `290s`. A machine without GPU writes some tokens a second.').default(
        '240s',
      ),
      maxTokens: field(z.int().min(256).max(16_384), 'Of an answer.').default(1024),
      contextTokens: field(
        z.int().min(4096).max(1_000_000),
        'Of a question and its answer together. Ollama is asked for as many.',
      ).default(16_384),
      minConfidence: field(
        z.number().min(0).max(1),
        'What the model says with less confidence does not count, whatever `analysis.minConfidence` of a policy says.',
      ).default(0),
      validateResponses: field(z.literal(true), 'Every answer is checked; that cannot be switched off.').default(true),
      anonymize: field(
        z.boolean(),
        'Names of objects and namespaces are replaced before a question leaves, and put back in the answer.',
      ).default(false),
      concurrency: field(z.int().min(1).max(16), 'Questions at once.').default(1),
      tokensPerDay: field(
        z.int().min(0).max(1_000_000_000),
        'Of all questions and answers of a day (UTC). When they are used up, the rules stand alone.',
      ).default(1_000_000),
    })
    .superRefine(({ timeout, contextTokens, maxTokens, provider, apiKeyFile }, context) => {
      const ms = milliseconds(timeout);
      const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
      if (ms < 1000 || ms > MAX_TIMEOUT_MS) refuse('timeout', 'must be from 1s to 290s');
      if (maxTokens * 2 > contextTokens) refuse('maxTokens', 'must be at most half of contextTokens');
      if (provider === 'ollama' && apiKeyFile !== undefined) refuse('apiKeyFile', 'is for provider openai');
    }),
  'A model that is asked what the rules cannot tell. It explains, and where a policy says `analysis.mode: veto` it may hold an action back; it never makes the operator do anything.',
);

export type AiSettingsFile = z.output<typeof aiField>;

export interface AiSettings extends Omit<AiSettingsFile, 'timeout'> {
  readonly timeoutMs: number;
}

export const compileAi = ({ timeout, ...settings }: AiSettingsFile): AiSettings => ({
  ...settings,
  timeoutMs: milliseconds(timeout),
});
