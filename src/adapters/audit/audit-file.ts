/**
 * The audit trail as JSON lines in a hash chain: to a file that is synced before an effect may start, or to standard
 * output for the cluster's log collection. A record is in the file whole or not at all.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import type { AuditEntry, AuditSink } from '../../operator/ports.ts';
import { type Clock, fromTimestamp, type Instant, toMicroTime } from '../../std/clock.ts';
import { systemTrouble } from '../../std/system-trouble.ts';
import { given } from '../../std/given.ts';
import { CHAIN_START, chained, readLine } from './chain.ts';

export class AuditError extends Error {
  override readonly name = 'AuditError';
  readonly code = 'AuditUnwritable';
}

export interface AuditFileConfig {
  readonly path: string;
  /** A record that would make the file larger begins the next one. */
  readonly maxBytes: number;
  /** A file whose first record is older than this is followed by the next one; undefined: size alone decides. */
  readonly maxAgeMs?: number;
  /** So many files are kept beside the current one: `<path>.1` is the newest. */
  readonly keep: number;
  /** `always`: an entry is on the disk before it counts. `never`: it is with the system, and lost with the machine. */
  readonly sync: 'always' | 'never';
  readonly clock: Pick<Clock, 'now'>;
  /** What was found damaged and how it was put right. */
  readonly onRepair: (message: string) => void;
}

interface End {
  /** Up to here the file holds whole records. */
  readonly bytes: number;
  /** Of the last record, in this file or in the one before. */
  readonly hash: string;
  /** When the first record of the file was made; absent while it has none. */
  readonly since?: Instant;
}

/** While nothing can be written a new try costs a write: once a second is soon enough for people. */
const RETRY_MS = 1000;
/** A record has about 500 bytes and names at most a path of some kilobytes. */
const MAX_RECORD_BYTES = 256 * 1024;

/**
 * After a failed write the file is cut back to its last whole record. Until that succeeds nothing is accepted, and an
 * entry that was rejected is in no file. The end of the file is read before the first record, and again when it is not
 * as this process left it: the leader before may have written since this one was started.
 */
export class AuditFile implements AuditSink {
  readonly #config: AuditFileConfig;
  #fd: number;
  #end: End | undefined;
  /** A record of this process may have been written in part. */
  #torn = false;
  #failed: { readonly problem: string; readonly since: Instant; triedAt: Instant } | undefined;

  /** @throws AuditError when the file cannot be opened. */
  constructor(config: AuditFileConfig) {
    this.#config = config;
    this.#fd = open(config.path);
  }

  record(entry: AuditEntry): Promise<void> {
    try {
      this.#append(entry, fromTimestamp(entry.at) ?? this.#config.clock.now());
      return Promise.resolve();
    } catch (cause) {
      return Promise.reject(this.#fail(cause));
    }
  }

  /** Why nothing can be recorded; a failed trail is tried again once a second with a record that says since when. */
  problem(): string | undefined {
    const now = this.#config.clock.now();
    const failed = this.#failed;
    if (failed === undefined || now < failed.triedAt + RETRY_MS) return failed?.problem;
    failed.triedAt = now;
    try {
      this.#append({ at: toMicroTime(now), entry: 'resumed', unwritableSince: toMicroTime(failed.since) }, now);
      return undefined;
    } catch (cause) {
      return this.#fail(cause).message;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #append(record: object, at: Instant): void {
    let end = this.#wholeEnd();
    const { line, hash } = chained(record, end.hash);
    const bytes = Buffer.from(`${line}\n`);
    if (this.#isFull(end, bytes.length, at)) {
      this.#rotate();
      end = { bytes: 0, hash: end.hash };
    }
    this.#torn = true;
    writeAll(this.#fd, bytes);
    if (this.#config.sync === 'always') fsyncSync(this.#fd);
    this.#torn = false;
    this.#end = { bytes: end.bytes + bytes.length, hash, since: end.since ?? at };
    this.#failed = undefined;
  }

  /** The end of the file, after its last whole record. */
  #wholeEnd(): End {
    const { path } = this.#config;
    if (this.#torn && this.#end !== undefined) ftruncateSync(this.#fd, this.#end.bytes);
    this.#torn = false;
    const { ino, size } = fstatSync(this.#fd);
    const named = statSync(path, { throwIfNoEntry: false });
    if (named?.ino === ino && size === this.#end?.bytes) return this.#end;
    if (named?.ino !== ino) this.#reopen();
    this.#end = this.#repaired();
    return this.#end;
  }

  #fail(cause: unknown): AuditError {
    try {
      this.#wholeEnd();
    } catch {
      // What is left of the record goes before the next one is written; the error that matters is the first one.
    }
    const now = this.#config.clock.now();
    const problem = `cannot write the audit trail ${this.#config.path}: ${systemTrouble(cause instanceof AuditError ? cause.cause : cause)}`;
    this.#failed = { problem, since: this.#failed?.since ?? now, triedAt: now };
    return new AuditError(problem, { cause });
  }

  #isFull({ bytes, since = 0 }: End, more: number, at: Instant): boolean {
    const { maxBytes, maxAgeMs } = this.#config;
    if (bytes === 0) return false;
    return bytes + more > maxBytes || (maxAgeMs !== undefined && at - since >= maxAgeMs);
  }

  /** A crash between two of these steps leaves a gap in the numbers, and no file is overwritten. */
  #rotate(): void {
    const { path, keep } = this.#config;
    const name = (number: number) => (number === 0 ? path : `${path}.${number}`);
    rmSync(name(keep), { force: true });
    for (let number = keep - 1; number >= 0; number--)
      if (existsSync(name(number))) renameSync(name(number), name(number + 1));
    this.#reopen();
  }

  /** The old one is closed last: where the new one cannot be opened, its number does not become another file's. */
  #reopen(): void {
    const old = this.#fd;
    this.#fd = open(this.#config.path);
    closeSync(old);
  }

  /** A crash may have left half a record at the end: it is cut off. A file that is no audit trail is put aside. */
  #repaired(): End {
    const { path, onRepair, clock } = this.#config;
    const { size } = fstatSync(this.#fd);
    const end = textAt(this.#fd, Math.max(0, size - MAX_RECORD_BYTES), size);
    const whole = end.lastIndexOf('\n') + 1;
    const torn = Buffer.byteLength(end.slice(whole));
    if (size === torn && torn < MAX_RECORD_BYTES) {
      this.#cut(0, torn);
      return { bytes: 0, hash: (existsSync(`${path}.1`) ? hashAtEnd(`${path}.1`) : undefined) ?? CHAIN_START };
    }
    const last = readLine(end.slice(0, whole).trimEnd().split('\n').at(-1) ?? '');
    if (last.kind === 'broken') {
      const aside = `${path}.damaged-${toMicroTime(clock.now()).replace(/[:.]/g, '-')}`;
      renameSync(path, aside);
      this.#reopen();
      onRepair(`the audit trail ${path} cannot be gone on with: of its last line, ${last.why}. It is now ${aside}`);
      return { bytes: 0, hash: CHAIN_START };
    }
    this.#cut(size - torn, torn);
    const first = readLine(textAt(this.#fd, 0, MAX_RECORD_BYTES).split('\n')[0] ?? '');
    const since = first.kind === 'record' ? fromTimestamp(String(first.record['at'])) : undefined;
    return { bytes: size - torn, hash: last.hash, ...given({ since }) };
  }

  #cut(bytes: number, torn: number): void {
    if (torn === 0) return;
    ftruncateSync(this.#fd, bytes);
    this.#config.onRepair(
      `the audit trail ${this.#config.path} ended in an unfinished record of ${torn} bytes, which was removed`,
    );
  }
}

/** Lines with `"audit": true` on a descriptor that has no disk behind it; written whole before it resolves. */
export function auditStream(fd: number): AuditSink {
  let previous = CHAIN_START;
  return {
    record: (entry) => {
      try {
        const { line, hash } = chained({ audit: true, ...entry }, previous);
        writeAll(fd, Buffer.from(`${line}\n`));
        previous = hash;
        return Promise.resolve();
      } catch (cause) {
        return Promise.reject(new AuditError(`cannot write the audit trail: ${systemTrouble(cause)}`, { cause }));
      }
    },
  };
}

function open(path: string): number {
  try {
    // 0600: it names objects and what was done to them. Appending, and read for its end.
    return openSync(path, 'a+', 0o600);
  } catch (cause) {
    throw new AuditError(`cannot open the audit trail ${path}: ${systemTrouble(cause)}`, { cause });
  }
}

function hashAtEnd(path: string): string | undefined {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const seen = readLine(
      textAt(fd, Math.max(0, size - MAX_RECORD_BYTES), size)
        .trimEnd()
        .split('\n')
        .at(-1) ?? '',
    );
    return seen.kind === 'record' ? seen.hash : undefined;
  } finally {
    closeSync(fd);
  }
}

function textAt(fd: number, from: number, to: number): string {
  const buffer = Buffer.alloc(Math.max(0, to - from));
  let read = 0;
  for (let more = 1; more > 0 && read < buffer.length; read += more)
    more = readSync(fd, buffer, read, buffer.length - read, from + read);
  return buffer.toString('utf8', 0, read);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
