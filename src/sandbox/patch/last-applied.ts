/**
 * The move from client-side to server-side apply, for kubectl alone: what its annotation says it applied, and what is
 * still as that says, it may take over; the annotation follows what it applies.
 * https://github.com/kubernetes/apimachinery/blob/v0.36.2/pkg/util/managedfields/internal/lastappliedmanager.go and
 * lastappliedupdater.go beside it.
 */
import { asObject, asText, at, childOf, type Draft, isObject, put, thaw } from '../machinery/json.ts';
import type { Atom } from '../schema/typed-schema.ts';
import type { FieldSet } from './field-set.ts';
import { compare } from './typed-merge.ts';
import { fieldsOf, typeProblems } from './typed-value.ts';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** The field manager of `kubectl apply --server-side` where it is told no other. */
const KUBECTL = 'kubectl';
/** Of all annotations of an object together. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

interface Applier {
  readonly manager: string;
  readonly apiVersion: string;
  readonly atom: Atom;
}

const appliedBefore = (object: unknown): string => asText(at(object, 'metadata', 'annotations', ANNOTATION));

/** Fields that may be taken over; undefined where there is no such move. */
export function takenOverFields(live: unknown, { manager, apiVersion, atom }: Applier): FieldSet | undefined {
  const text = appliedBefore(live);
  if (manager !== KUBECTL || text === '') return undefined;
  const last = parsed(text);
  if (!last || last['apiVersion'] !== apiVersion || typeProblems(atom, last, 'refused').length > 0) return undefined;
  const { modified, added, removed } = compare(atom, last, live);
  return fieldsOf(atom, last).difference(modified).difference(added).difference(removed);
}

function parsed(text: string): Draft | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch (error) {
    // A client may write anything there. What is no JSON says nothing of what was applied.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Changes the annotation in place, where there is one. */
export function followLastApplied(object: Draft, config: Draft, manager: string): void {
  if (manager !== KUBECTL || appliedBefore(object) === '') return;
  const applied: Draft = thaw(config);
  const own = asObject(at(applied, 'metadata', 'annotations'));
  if (own) delete own[ANNOTATION];
  const annotations = childOf(childOf(object, 'metadata'), 'annotations');
  annotations[ANNOTATION] = encoded(applied);
  const bytes = Object.entries(annotations).flat().map(asText).join('');
  if (Buffer.byteLength(bytes) > MAX_ANNOTATION_BYTES) delete annotations[ANNOTATION];
}

/** As Go's encoder writes it: keys sorted, markup escaped, a line break at the end. */
function encoded(value: Draft): string {
  const escapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };
  return `${JSON.stringify(sorted(value)).replace(/[<>&]/g, (sign) => escapes[sign] ?? sign)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const result: Draft = {};
  for (const key of Object.keys(value).sort()) put(result, key, sorted(value[key]));
  return result;
}
