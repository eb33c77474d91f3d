/**
 * Lets a runner of recorded request sequences ask the sandbox without a socket: `npx tsx …/verify.mjs --adapter
 * test/contract/verify-adapter.ts`.
 */
import { createSandbox } from '../../src/sandbox/index.ts';
import { systemClock } from '../../src/std/clock.ts';

interface AdapterRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly stream?: boolean;
  readonly signal?: AbortSignal;
}

const users = new Map([
  ['admin-token', { name: 'admin', uid: '1', groups: ['system:masters'] }],
  ['nobody-token', { name: 'nobody-in-particular', uid: '4', groups: [] }],
]);

// oxlint-disable-next-line import/no-default-export -- what that runner loads
export default async function createTransport() {
  const { server } = createSandbox({
    clock: systemClock,
    controllers: 'off',
    scheduler: 'off',
    kubelet: 'off',
    access: { mode: 'on', users, anonymous: 'refused' },
  });
  return {
    adminToken: 'admin-token',
    nobodyToken: 'nobody-token',
    compact: () => server.compact(),
    async request({ method, path, headers, body, stream, signal }: AdapterRequest) {
      const lower: Record<string, string> = {};
      for (const [name, value] of Object.entries(headers))
        lower[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
      const answer = await server.handle(
        { method, path, headers: lower, ...(body === undefined ? {} : { body }) },
        signal,
      );
      const shared = { status: answer.status, headers: answer.headers };
      if (answer.body.form === 'object')
        return { ...shared, text: method === 'HEAD' ? '' : JSON.stringify(answer.body.value) };
      if (answer.body.form === 'bytes') {
        let text = '';
        for await (const chunk of answer.body.chunks) text += new TextDecoder().decode(chunk);
        return { ...shared, text };
      }
      const { events } = answer.body;
      if (stream) return { ...shared, chunks: lines(events) };
      let text = '';
      for await (const event of events) text += `${JSON.stringify(event)}\n`;
      return { ...shared, text };
    },
  };
}

async function* lines(events: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}
