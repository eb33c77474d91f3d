/** Settings of what the operator keeps in files: the audit trail, and what decisions were made from. */
import * as z from 'zod';
import { given, ifGiven } from '../std/given.ts';
import { parseQuantity } from '../std/quantity.ts';
import { milliseconds } from './compile-trigger.ts';
import { duration, field } from './fields.ts';

/**
 * A healing has eight decisions of 3 to 25 KB each. An operator at its default limit of 60 actions an hour records 500
 * an hour: the files hold four hours of such trouble, and weeks of a quiet cluster. Targets with hundreds of pods take
 * up to 1 MB each; of these a hundred have room.
 */
export const DEFAULT_RECORDING = { maxFiles: 2000, maxBytes: 100 * 1024 * 1024 } as const;
/** One decision on a target with hundreds of pods. */
const MIN_RECORDING_BYTES = 1024 * 1024;
/**
 * About 500 bytes a record: 130,000 of them, and an operator at its default limit of 60 actions an hour makes some
 * thousand a day.
 */
export const DEFAULT_AUDIT = { maxBytes: 64 * 1024 * 1024, keep: 5, sync: 'always' } as const;
/** Two thousand records: a smaller file would be another one after each busy hour. */
const MIN_AUDIT_BYTES = 1024 * 1024;

const sizeOfAtLeast = (bytes: number, text: string) =>
  z
    .string()
    .max(32)
    .refine((size) => (bytesOf(size) ?? 0) >= bytes, `must be a size of at least ${text}, for example 100Mi`);

function bytesOf(size: string): number | undefined {
  const quantity = parseQuantity(size);
  return quantity === undefined ? undefined : Number(quantity.nano / 1_000_000_000n);
}

/** As they stand beside the operator's other settings. */
export const keptFiles = {
  auditFile: field(
    z.string().min(1).max(4096),
    'Where the audit trail is appended to; in the pods of an installation below `/var/lib/kubeskippy/`. Omitted: standard output.',
  ).exactOptional(),
  auditMaxSize: field(
    sizeOfAtLeast(MIN_AUDIT_BYTES, '1Mi'),
    'At this size the audit file becomes `<file>.1`, and another one is begun.',
    { unit: 'quantity' },
  ).default(`${DEFAULT_AUDIT.maxBytes / 1024 / 1024}Mi`),
  auditMaxAge: duration(
    'At this age of its first record the audit file becomes `<file>.1`. Omitted: its size alone decides.',
  ).exactOptional(),
  auditFilesKept: field(z.int().min(1).max(1000), 'How many audit files are kept beside the current one.').default(
    DEFAULT_AUDIT.keep,
  ),
  auditSync: field(
    z.enum(['always', 'never']),
    '`always`: a record is on the disk before its effect starts. `never`: the last records are lost with the machine.',
  ).default(DEFAULT_AUDIT.sync),
  recordDecisions: field(
    z.string().min(1).max(4096),
    'Folder in which what decisions were made from is kept, for `kubeskippy replay`; in the pods of an installation below `/var/lib/kubeskippy/`. Omitted: it is not kept.',
  ).exactOptional(),
  recordDecisionsMaxFiles: field(
    z.int().min(1).max(100_000),
    'So many recorded decisions are kept; the oldest one is removed for another.',
  ).default(DEFAULT_RECORDING.maxFiles),
  recordDecisionsMaxSize: field(
    sizeOfAtLeast(MIN_RECORDING_BYTES, '1Mi'),
    'So much room recorded decisions may take together.',
    { unit: 'quantity' },
  ).default('100Mi'),
};

const schema = z.strictObject(keptFiles);
export type KeptFiles = z.output<typeof schema>;

export interface KeptSettings {
  /** Absent: the audit trail goes to standard output. */
  readonly audit?: AuditSettings;
  /** Absent: decisions are not recorded. */
  readonly recording?: Recording;
}

export interface AuditSettings {
  readonly path: string;
  readonly maxBytes: number;
  readonly maxAgeMs?: number;
  readonly keep: number;
  readonly sync: 'always' | 'never';
}

export interface Recording {
  readonly directory: string;
  readonly maxFiles: number;
  readonly maxBytes: number;
}

export function keptSettings(files: KeptFiles): KeptSettings {
  const audit = ifGiven(files.auditFile, (path) => ({
    path,
    maxBytes: bytesOf(files.auditMaxSize) ?? 0,
    ...given({ maxAgeMs: ifGiven(files.auditMaxAge, milliseconds) }),
    keep: files.auditFilesKept,
    sync: files.auditSync,
  }));
  const recording = ifGiven(files.recordDecisions, (directory) => ({
    directory,
    maxFiles: files.recordDecisionsMaxFiles,
    maxBytes: bytesOf(files.recordDecisionsMaxSize) ?? 0,
  }));
  return given({ audit, recording });
}
