/**
 * A real model server that answers well-formed nonsense: llama.cpp with random weights under our JSON schema. Nothing
 * harmful may come of it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL_DEFAULTS } from '../../src/adapters/models/bounded-exchange.ts';
import { openaiModel } from '../../src/adapters/models/openai.ts';
import type { Model, ModelReply } from '../../src/operator/ports.ts';
import { UNOBSERVED } from '../../src/operator/voice.ts';
import { systemClock } from '../../src/std/clock.ts';
import { evaluated } from '../../tools/eval/evaluation.ts';
import { ownScenarios } from '../../tools/eval/own.ts';
import { type Llama, llamaServer, startLlama } from '../kit/llama-server.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const program = llamaServer();

const ACTIONS_OF_POLICY = [
  { name: 'restart', type: 'restart', priority: 90 },
  { name: 'more', type: 'scale', priority: 10, scaleAction: { direction: 'up', replicas: 1, maxReplicas: 3 } },
];

interface Played {
  readonly effects: readonly string[];
  readonly phases: readonly string[];
  readonly outcomes: readonly string[];
}

/** A Deployment that crashes whatever is done, for twenty minutes; the model has real time for each answer. */
async function play(mode: string, model?: Model): Promise<Played> {
  const world = new TestCluster();
  try {
    const outcomes: string[] = [];
    const pending = new Set<Promise<ModelReply>>();
    const waited: Model = {
      ask: (question, signal) => {
        const reply = model?.ask(question, signal) ?? Promise.reject(new Error('no model'));
        pending.add(reply);
        return reply.finally(() => pending.delete(reply));
      },
    };
    const desk = {
      model: waited,
      names: 'kept',
      minConfidence: 0,
      limits: { concurrent: 1, tokensPerDay: 1e9 },
    } as const;
    const observer = { ...UNOBSERVED, modelAsked: (outcome: string) => void outcomes.push(outcome) };
    const operator = world.operator({ actions: { observer, ...(model !== undefined && { model: desk }) } });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ actions: ACTIONS_OF_POLICY, analysis: { mode } }));
    for (let second = 0; second < 1_200; second += 5) {
      await world.clock.advance(5_000);
      await Promise.allSettled(pending);
    }
    return {
      effects: operator.audit.filter(({ entry }) => entry === 'intent').map(({ method, path }) => `${method} ${path}`),
      phases: world.phases(),
      outcomes,
    };
  } finally {
    await world.end();
  }
}

describe.skipIf(program === undefined)('a model of random weights behind llama.cpp', () => {
  let llama: Llama;
  let model: Model;
  beforeAll(async () => {
    llama = await startLlama(program ?? '', 1);
    model = openaiModel({ ...MODEL_DEFAULTS, url: `${llama.url}/v1`, model: 'tiny' }, systemClock);
  });
  afterAll(() => llama.end());

  it('answers questions of real scenarios in our form, and none of its answers does harm', async () => {
    const replies: ModelReply[] = [];
    const heard: Model = {
      ask: async (question, signal) => {
        const reply = await model.ask(question, signal);
        replies.push(reply);
        return reply;
      },
    };
    const options = { models: [{ name: 'tiny', model: heard }], cases: 6, signal: new AbortController().signal };
    const { tables } = await evaluated(ownScenarios, options);
    const harmful = (table = ''): string | undefined => table.split(/ +/).at(-1);
    expect(tables.slice(0, 2).map(harmful)).toEqual(['0', '0']);
    expect(replies).toHaveLength(12);
    const whole = replies.flatMap((reply) => (reply.kind === 'answered' ? [JSON.parse(reply.text)] : []));
    // Well-formed: the grammar of the schema holds the random weights.
    expect(whole.length).toBeGreaterThan(2);
    for (const answer of whole)
      expect(Object.keys(answer)).toEqual([
        'cause',
        'object',
        'summary',
        'cites',
        'contradicts',
        'action',
        'expects',
        'confidence',
      ]);
    // And nonsense: no object of it was shown, or it says nothing that rests on evidence.
    expect(tables.at(-1)).toContain('did not count');
  });

  it('changes nothing of what is done but to hold it back (I29)', async () => {
    const off = await play('off');
    expect(off.effects.length).toBeGreaterThan(1);
    const advised = await play('advise', model);
    expect([advised.effects, advised.phases]).toEqual([off.effects, off.phases]);
    expect(advised.outcomes.length).toBeGreaterThan(0);
    const vetoed = await play('veto', model);
    expect(off.effects.slice(0, vetoed.effects.length)).toEqual(vetoed.effects);
  });
});
