import { expect, test } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import type { Draft } from '../machinery/json.ts';
import { OF_DEVELOPERS } from '../test-kit/certificate-requests.ts';

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Answer {
  readonly status: number;
  readonly value: { readonly message?: string; readonly status?: Draft; readonly metadata?: Draft };
}

async function started() {
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
  const ask = async (method: string, path: string, body: unknown): Promise<Answer> => {
    const headers = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {};
    const answer = await server.handle({ method, path, headers, body: JSON.stringify(body) });
    return {
      status: answer.status,
      value: answer.body.form === 'object' ? (answer.body.value as Answer['value']) : {},
    };
  };
  const spec = { request: base64(OF_DEVELOPERS), signerName: 'example.com/own', usages: ['client auth'] };
  expect((await ask('POST', PATH, { metadata: { name: 'a' }, spec })).status).toBe(201);
  const change = (subresource: string, status: Draft) => ask('PATCH', `${PATH}/a/${subresource}`, { status });
  return { change, ask };
}
const decided = (type: string, reason = 'Asked') => ({ conditions: [{ type, status: 'True', reason }] });

test('a name stands in a path; a request says what it asks for', async () => {
  const { ask } = await started();
  const refused = await ask('POST', PATH, { metadata: { name: 'a%' }, spec: { request: '', signerName: 'a.b/c' } });
  expect(refused.value.message).toContain(`metadata.name: Invalid value: "a%": may not contain '%'`);
  expect(refused.value.message).toContain('spec.request: Invalid value: "": PEM block type must be');
});

test('an approval comes with its times, adds no certificate, and stays', async () => {
  const { change } = await started();
  const approved = await change('approval', { ...decided('Approved'), certificate: base64('nothing') });
  expect(approved.value.status).toMatchObject(decided('Approved'));
  expect(approved.value.status).not.toHaveProperty('certificate');
  expect(approved.value.status?.['conditions']).toMatchObject([
    { lastUpdateTime: expect.any(String), lastTransitionTime: expect.any(String) },
  ]);
  const removed = await change('approval', { conditions: [] });
  expect(removed.value.message).toContain('updates may not remove a condition of type "Approved"');
  const both = await change('approval', {
    conditions: [...decided('Approved').conditions, ...decided('Denied').conditions],
  });
  expect(both.value.message).toContain('Approved and Denied conditions are mutually exclusive');
});

test('the status decides nothing, keeps what was decided, and takes one certificate', async () => {
  const { change } = await started();
  const added = await change('status', decided('Approved'));
  expect(added.value.message).toContain('updates may not add a condition of type "Approved"');
  await change('approval', decided('Approved'));
  const kept = await change('status', decided('Approved', 'Other'));
  expect(kept.value.status).toMatchObject(decided('Approved', 'Asked'));
  const odd = await change('status', { certificate: base64('nothing') });
  expect(odd.value.message).toContain(
    'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
  );
});
