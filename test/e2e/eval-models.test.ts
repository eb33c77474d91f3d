/** `make eval` through a model: the tables that it prints, with servers that answer well and in every bad way. */
import { describe, expect, it } from 'vitest';
import { evaluated } from '../../tools/eval/evaluation.ts';
import { modelsOf } from '../../tools/eval/model.ts';
import { ownScenarios } from '../../tools/eval/own.ts';
import { type Handler, PROTOCOLS, servedModel } from '../kit/model-server.ts';

const CASES = ['the image does not exist', 'an app and its Service'];
const SUITE = { ...ownScenarios, names: CASES };

const environmentOf = (name: 'ollama' | 'openai', url: string) =>
  name === 'ollama' ? { OLLAMA_HOST: url } : { OPENAI_BASE_URL: `${url}/v1` };

async function tablesOf(name: 'ollama' | 'openai', handler: Handler): Promise<readonly string[]> {
  const models = await modelsOf(environmentOf(name, await servedModel(handler)));
  const { signal } = new AbortController();
  return (await evaluated(SUITE, { models, cases: undefined, signal })).tables;
}

/** Of the row of all cases: first, in three, object, action, abstained, harmful. */
const figures = (table = ''): readonly number[] => (table.split('\n').at(-1) ?? '').split(/ +/).slice(2).map(Number);

/** Ollama has no word for a refusal: its text is one, and no JSON. */
const REFUSALS: Readonly<Record<'ollama' | 'openai', readonly (readonly [string, Handler, string])[]>> = {
  ollama: [],
  openai: [['refuses', (response) => void response.end(PROTOCOLS.openai.end('content_filter')), 'modelRefused 4']],
};

/** A model that reads what it is told: the first item, and the object that the question is about. */
const answering =
  (change: object): ((body: string) => string) =>
  (body) => {
    const { messages } = JSON.parse(body) as { readonly messages: readonly { readonly content: string }[] };
    const [, object = ''] = /"target":"([^"]+)"/.exec(messages[1]?.content ?? '') ?? [];
    return JSON.stringify({
      cause: 'ImageMissing',
      object,
      summary: 'The image is not there.',
      cites: ['e1'],
      contradicts: [],
      action: 'none',
      expects: '',
      confidence: 'high',
      ...change,
    });
  };

describe.each(['ollama', 'openai'] as const)('make eval through %s', (name) => {
  const { part, end, error } = PROTOCOLS[name];
  const saying =
    (change: object): Handler =>
    (response, _path, body) =>
      void response.end(part(answering(change)(body)) + end('stop'));

  it('prints the rules, the rules with the model, and the model alone', async () => {
    const [rules, both, alone, counted] = await tablesOf(name, saying({}));
    expect(rules).toContain('rules alone');
    expect(both).toContain(`rules and tiny behind ${name === 'ollama' ? 'Ollama' : 'chat completions'}`);
    expect(alone).toContain('without rules');
    expect(counted).toMatch(/^Every answer of tiny behind .* counted\.$/);
    expect(figures(rules)).toEqual([1, 1, 1, 1, 1, 0]);
    // It sees the cause, and makes one up where there is none. What the rules know for certain it takes nothing from.
    expect(figures(alone)).toEqual([0.5, 0.5, 0.5, 0.5, 0, 0]);
    expect(figures(both)).toEqual([0.5, 0.5, 0.5, 1, 0, 0]);
  });

  it('counts what does harm when the model alone wants it, and lets the rules refuse it', async () => {
    const suite = {
      ...SUITE,
      names: ['it asks for too much CPU'],
    };
    const url = await servedModel((response, _path, body) => {
      const drain = /"(a\d+)":"drain"/.exec(JSON.parse(body).messages[1].content)?.[1] ?? '';
      response.end(part(answering({ cause: 'CpuDoesNotFit', action: drain })(body)) + end('stop'));
    });
    const models = await modelsOf(environmentOf(name, url));
    const { tables } = await evaluated(suite, { models, cases: undefined, signal: new AbortController().signal });
    expect(figures(tables[1]).at(-1)).toBe(0);
    expect(figures(tables[2]).at(-1)).toBe(1);
    expect(tables[3]).toContain('did not count: againstRules 1.');
  });

  it.each<readonly [string, Handler, string]>([
    ['is overloaded', (response) => void response.writeHead(503).end(), 'modelDown 1, overloaded 3'],
    ['has not the model', (response) => void response.writeHead(404).end(), 'modelDown 1, noSuchModel 3'],
    ['is cut off', (response) => void response.end(part('{"cause":') + end('length')), 'truncated 4'],
    ['fails in the middle', (response) => void response.end(part('{"cause":') + error), 'brokenOff 4'],
    ['talks', (response) => void response.end(part('It is the image.') + end('stop')), 'unparsable 4'],
    ['invents evidence', saying({ cites: ['e999'] }), 'inventedEvidence 4'],
    ['names another object', saying({ object: 'Deployment kube-system/dns' }), 'strangeObject 4'],
    ['orders what is not offered', saying({ action: 'delete everything' }), 'strangeAction 4'],
    ...REFUSALS[name],
  ])('with a server that %s leaves the rules as they are, and says so', async (_case, handler, failures) => {
    const [rules, both, alone, counted] = await tablesOf(name, handler);
    expect(counted).toContain(`did not count: ${failures}.`);
    expect(figures(both)).toEqual(figures(rules));
    expect(figures(alone)).toEqual([0.5, 0.5, 0.5, 0.5, 2, 0]);
  });
});
