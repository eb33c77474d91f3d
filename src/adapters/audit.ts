/**
 * The audit trail as JSON lines: to a file that is synced before an effect may start, or to standard output for the
 * cluster's log collection.
 */
import { closeSync, fstatSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import type { AuditEntry, AuditSink } from '../operator/ports.ts';

export class AuditError extends Error {
  override readonly name = 'AuditError';
  readonly code = 'AuditUnwritable';
}

/**
 * About 300 bytes an entry: 200,000 entries, a year of an operator at its default limit of 60 actions an hour would
 * make five such files.
 */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/**
 * Appends in place; at the limit the file becomes `<path>.1`, which replaces the one before. Rejects when a line cannot
 * be made durable.
 */
export class AuditFile implements AuditSink {
  readonly #path: string;
  #fd: number;
  #bytes: number;

  /** Throws `AuditError` when the file cannot be opened. */
  constructor(path: string) {
    this.#path = path;
    [this.#fd, this.#bytes] = open(path);
  }

  record(entry: AuditEntry): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      if (this.#bytes + line.length > MAX_FILE_BYTES) this.#rotate();
      writeAll(this.#fd, line);
      fsyncSync(this.#fd);
      this.#bytes += line.length;
      return Promise.resolve();
    } catch (cause) {
      return Promise.reject(new AuditError(`cannot write the audit trail ${this.#path}: ${codeOf(cause)}`, { cause }));
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    closeSync(this.#fd);
    renameSync(this.#path, `${this.#path}.1`);
    [this.#fd, this.#bytes] = open(this.#path);
  }
}

/** Lines with `"audit": true` on a descriptor that has no disk behind it; written whole before it resolves. */
export const auditStream = (fd: number): AuditSink => ({
  record: (entry) => {
    try {
      writeAll(fd, Buffer.from(`${JSON.stringify({ audit: true, ...entry })}\n`));
      return Promise.resolve();
    } catch (cause) {
      return Promise.reject(new AuditError(`cannot write the audit trail: ${codeOf(cause)}`, { cause }));
    }
  },
});

function open(path: string): [fd: number, bytes: number] {
  try {
    // 0600: it names objects and what was done to them.
    const fd = openSync(path, 'a', 0o600);
    return [fd, fstatSync(fd).size];
  } catch (cause) {
    throw new AuditError(`cannot open the audit trail ${path}: ${codeOf(cause)}`, { cause });
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
