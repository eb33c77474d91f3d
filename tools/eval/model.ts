/** A model through the operator's own client, queue and guards, asked about each case: with the rules, and alone. */
import { MODEL_DEFAULTS } from '../../src/adapters/models/bounded-exchange.ts';
import { ollamaModel } from '../../src/adapters/models/ollama.ts';
import { openaiModel } from '../../src/adapters/models/openai.ts';
import { actionTypes } from '../../src/api/action-template.ts';
import { bundleOf } from '../../src/core/analysis/bundle.ts';
import { CAUSE_NAMES, type CauseName } from '../../src/core/analysis/causes/index.ts';
import type { Analysis } from '../../src/core/analysis/finding.ts';
import { type CallResult, type ModelCall, ModelCalls } from '../../src/operator/analysis/model-calls.ts';
import type { Model } from '../../src/operator/ports.ts';
import { UNOBSERVED } from '../../src/operator/voice.ts';
import { systemClock } from '../../src/std/clock.ts';
import { symptomOf } from './symptom.ts';
import type { EvalCase } from './suite.ts';

export interface NamedModel {
  readonly name: string;
  readonly model: Model;
}

export type ModelEnvironment = Readonly<
  Partial<Record<'OLLAMA_HOST' | 'OPENAI_BASE_URL' | 'OPENAI_API_KEY' | 'EVAL_MODEL' | 'EVAL_TIMEOUT_S', string>>
>;

/** The servers that the environment names; of each the model of EVAL_MODEL, or the first that it has. */
export async function modelsOf(environment: ModelEnvironment): Promise<readonly NamedModel[]> {
  const { OLLAMA_HOST: ollama, OPENAI_BASE_URL: openai, OPENAI_API_KEY: key, EVAL_MODEL: wanted } = environment;
  const timeoutMs = Number(environment.EVAL_TIMEOUT_S ?? MODEL_DEFAULTS.timeoutMs / 1000) * 1000;
  const settings = (url: string, model: string) => ({ ...MODEL_DEFAULTS, timeoutMs, url, model });
  const models: NamedModel[] = [];
  if (ollama !== undefined) {
    const name = wanted ?? (await firstOfOllama(ollama));
    models.push({ name: `${name} behind Ollama`, model: ollamaModel(settings(ollama, name), systemClock) });
  }
  if (openai !== undefined) {
    const name = wanted ?? (await firstOfOpenai(openai, key));
    const keyed = key === undefined ? {} : { key: () => Promise.resolve(key) };
    models.push({
      name: `${name} behind chat completions`,
      model: openaiModel({ ...settings(openai, name), ...keyed }, systemClock),
    });
  }
  return models;
}

async function firstOfOllama(host: string): Promise<string> {
  const { Ollama } = await import('ollama');
  const { models } = await new Ollama({ host }).list();
  return known(models[0]?.name, host);
}

async function firstOfOpenai(baseURL: string, key = 'none'): Promise<string> {
  const { OpenAI } = await import('openai');
  const { data } = await new OpenAI({ baseURL, apiKey: key, maxRetries: 0 }).models.list();
  return known(data[0]?.id, baseURL);
}

function known(name: string | undefined, server: string): string {
  if (name === undefined) throw new Error(`${server} has no model: load one, or name one in EVAL_MODEL`);
  return name;
}

/** Every type of action, so that an answer could be any of them. */
export const OFFERED = actionTypes.map((type) => ({ name: type, type }));

export class Asked {
  readonly #calls: ModelCalls;
  readonly #waiting = new Map<string, () => void>();

  constructor(model: Model, signal: AbortSignal) {
    this.#calls = new ModelCalls({
      model,
      clock: systemClock,
      // The cases bound it: two questions each.
      limits: { concurrent: 1, tokensPerDay: Number.MAX_SAFE_INTEGER },
      observer: UNOBSERVED,
      onAnswer: (episode) => this.#waiting.get(episode)?.(),
      signal,
    });
  }

  /** `rules`: what the model is told of them; none: it is asked alone. */
  async about({ name, snapshot }: EvalCase, rules: Analysis<CauseName> | undefined): Promise<CallResult> {
    const target = symptomOf(snapshot);
    const told = rules ?? { at: snapshot.at, findings: [], gaps: snapshot.gaps };
    const { items, digest } = bundleOf(snapshot, target, told);
    const inquiry = {
      target,
      evidence: items,
      rules: told,
      actions: OFFERED,
      causes: CAUSE_NAMES,
      names: 'kept' as const,
    };
    const arm = rules === undefined ? 'alone' : 'rules';
    const call: ModelCall = {
      episode: `${arm}/${name}`,
      digest: `${arm}/${digest}`,
      terms: { inquiry, minConfidence: 0 },
      check: 'once',
    };
    const answered = new Promise<void>((resolve) => this.#waiting.set(call.episode, resolve));
    const known = this.#calls.resultOf(call);
    if (known === undefined) await answered;
    this.#waiting.delete(call.episode);
    const result = known ?? this.#calls.resultOf(call);
    if (result === undefined) throw new Error(`no result of ${call.episode}`);
    return result;
  }
}
