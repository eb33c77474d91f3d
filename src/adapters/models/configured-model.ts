/** The model of the operator's configuration. */
import { readFile } from 'node:fs/promises';
import type { AiSettings } from '../../api/model-schema.ts';
import type { Model, ModelDesk } from '../../operator/ports.ts';
import type { Clock } from '../../std/clock.ts';
import { ollamaModel } from './ollama.ts';
import { openaiModel } from './openai.ts';

export function configuredModel(settings: AiSettings, clock: Clock): ModelDesk {
  const { anonymize, minConfidence, concurrency, tokensPerDay } = settings;
  return {
    model: modelOf(settings, clock),
    names: anonymize ? 'hidden' : 'kept',
    minConfidence,
    limits: { concurrent: concurrency, tokensPerDay },
  };
}

function modelOf({ provider, endpoint, apiKeyFile, maxTokens, ...settings }: AiSettings, clock: Clock): Model {
  const { model, contextTokens, timeoutMs } = settings;
  const common = { url: endpoint, model, contextTokens, answerTokens: maxTokens, timeoutMs };
  if (provider === 'ollama') return ollamaModel(common, clock);
  if (apiKeyFile === undefined) return openaiModel(common, clock);
  return openaiModel({ ...common, key: async () => (await readFile(apiKeyFile, 'utf8')).trim() }, clock);
}
