/** What tests put in front of the operator's requests: faults at a chosen moment, and storms drawn from a seed. */
import type { Gvr, Key } from '../../src/sandbox/index.ts';
import type { Clock } from '../../src/std/clock.ts';
import type { Prng } from '../../src/std/prng.ts';
import { type Fault, isDryRun, isWatch, refusal, type Script, type Sent } from './faulty-transport.ts';

/** The first request that fits meets the fault. */
export function once(fits: (sent: Sent) => boolean, fault: Fault): Script {
  let met = false;
  return (sent) => {
    if (met || !fits(sent)) return undefined;
    met = true;
    return fault;
  };
}

/** Every request that fits meets the fault. */
export const always =
  (fits: (sent: Sent) => boolean, fault: Fault): Script =>
  (sent) =>
    fits(sent) ? fault : undefined;

export const isWriteNumber =
  (number: number) =>
  ({ write }: Sent): boolean =>
    write === number;

/** On the object itself or a subresource of it. */
export const isWriteTo =
  ({ resource }: Gvr, { name }: Key) =>
  (sent: Sent): boolean =>
    sent.write > 0 && !isDryRun(sent) && `${sent.path}/`.includes(`/${resource}/${name}/`);

/** The write that takes an action into hand: after it, and before the effect, gates are read live. */
export const isClaim = ({ request }: Sent): boolean =>
  request.method === 'PUT' && String(request.body).includes('"phase":"InProgress"');

/** Before the first write to the object, `act` happens. */
export const beforeWrite = (gvr: Gvr, key: Key, act: () => unknown): Script =>
  once(isWriteTo(gvr, key), { kind: 'act', when: 'before', act });

/** Right after the operator's first claim was committed, before its effect, `act` happens. */
export const afterClaim = (act: () => unknown): Script => once(isClaim, { kind: 'act', when: 'after', act });

/** Requests and answers come late and out of step, so that two processes see different worlds. */
export const slow = (prng: Prng): Script => {
  const until = (clock: Clock): number => clock.now() + prng.below(400);
  return () => [
    { kind: 'delay', when: 'before', until },
    { kind: 'delay', when: 'after', until },
  ];
};

/**
 * While it lasts, some of the requests meet a fault: whatever an API server under load, a network in trouble or a
 * restart of either does to a request that is in order. Refusals that a client must believe (400, 403, 404, 422) are
 * not among them.
 */
export function storm(prng: Prng, lasts: { readonly oneIn: number; readonly goesOn: () => boolean }): Script {
  return (sent) => {
    if (!lasts.goesOn() || prng.below(lasts.oneIn) > 0) return undefined;
    if (isWatch(sent)) return drawnWatchFault(prng);
    return drawnFault(prng, sent);
  };
}

function drawnWatchFault(prng: Prng): Fault {
  const turns = prng.pick(['closed', 'gone', 'broken', 'silent', 'doubled'] as const);
  return { kind: 'watch', after: prng.below(4), turns };
}

/** Longer than a request is waited for, now and then. */
const MAX_DELAY_MS = 60_000;

function drawnFault(prng: Prng, { write }: Sent): Fault {
  const when = prng.pick(['before', 'after'] as const);
  const waitMs = prng.below(MAX_DELAY_MS);
  const answer = (code: number, headers = {}): Fault => ({
    kind: 'answer',
    when: 'before',
    response: refusal(code, headers),
  });
  return prng.pick<Fault>([
    { kind: 'reset', when },
    { kind: 'delay', when, until: (clock) => clock.now() + waitMs },
    { kind: 'truncated' },
    answer(429, { 'retry-after': String(1 + prng.below(20)) }),
    answer(prng.pick([500, 503])),
    // A gateway gives up on a server that may have gone on.
    { kind: 'answer', when, response: refusal(504) },
    ...(write > 0 ? [answer(409)] : []),
  ]);
}
