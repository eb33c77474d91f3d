/**
 * Recorded decisions as files of one folder, the newest ones within a number and a size. Nothing waits for the disk: a
 * record is copied in memory and written later, one after another. What cannot be written is counted, and said once.
 */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DecisionRecord, DecisionRecorder, Logger, RecordingLoss } from '../operator/ports.ts';
import { systemTrouble } from '../std/system-trouble.ts';

export class DecisionFilesError extends Error {
  override readonly name = 'DecisionFilesError';
  readonly code = 'DecisionsUnwritable';
}

export interface DecisionFilesConfig {
  readonly directory: string;
  readonly maxFiles: number;
  readonly maxBytes: number;
  /** Of this program. */
  readonly version: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly onRecorded: () => void;
  readonly onLost: (why: RecordingLoss) => void;
}

/**
 * Records that wait for a slow disk. A healing has eight of 3 to 25 KB each, so this is room for those of 300 healings
 * at once, far more than an operator begins at a time.
 */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

interface Waiting {
  readonly name: string;
  readonly text: string;
  readonly bytes: number;
}

export class DecisionFiles implements DecisionRecorder {
  readonly #config: DecisionFilesConfig;
  /** Sizes by name, oldest first. */
  readonly #files: Map<string, number>;
  #bytes: number;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  /** Losses that were said since the last record that was written. */
  readonly #said = new Set<RecordingLoss>();

  private constructor(config: DecisionFilesConfig, files: Map<string, number>) {
    this.#config = config;
    this.#files = files;
    this.#bytes = [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * Makes the folder when it is not there, and counts the records of earlier runs in it; other files are left alone.
   *
   * @throws DecisionFilesError when the folder cannot be made or read.
   */
  static async open(config: DecisionFilesConfig): Promise<DecisionFiles> {
    const { directory } = config;
    try {
      // 0700: records name objects and say what was done to them.
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const names = (await readdir(directory)).toSorted();
      await Promise.all(names.filter(isUnfinished).map((name) => rm(join(directory, name), { force: true })));
      const sizes = new Map<string, number>();
      for (const name of names.filter(isRecord)) sizes.set(name, (await stat(join(directory, name))).size);
      return new DecisionFiles(config, sizes);
    } catch (cause) {
      throw new DecisionFilesError(`cannot record decisions in ${directory}: ${systemTrouble(cause)}`, { cause });
    }
  }

  keep(record: DecisionRecord, label: readonly string[]): void {
    const { version, maxBytes } = this.#config;
    const text = `${JSON.stringify({ version, ...record }, null, 1)}\n`;
    const bytes = Buffer.byteLength(text);
    if (bytes > maxBytes) return this.#lose('TooLarge', { bytes, maxBytes });
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) return this.#lose('QueueFull', {});
    this.#waitingBytes += bytes;
    this.#waiting.push({ name: nameOf(record.at, label), text, bytes });
    this.#writing ??= this.#write();
  }

  /** Resolves when everything that was kept so far is written, or lost. */
  async drain(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#writeOne(next);
        this.#recorded();
      } catch (error) {
        this.#lose('WriteFailed', { directory: this.#config.directory, code: codeOf(error) });
      }
      this.#waitingBytes -= next.bytes;
    }
    this.#writing = undefined;
  }

  /** Under another name first: who reads the folder finds whole files only. */
  async #writeOne({ name: wanted, text, bytes }: Waiting): Promise<void> {
    const { directory } = this.#config;
    await this.#makeRoom(bytes);
    const name = this.#free(wanted);
    const unfinished = join(directory, `.${name}`);
    try {
      await writeFile(unfinished, text, { mode: 0o600 });
      await rename(unfinished, join(directory, name));
    } catch (error) {
      // What cannot be removed now is removed by the next start; the error that matters is the first one.
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw error;
    }
    this.#files.set(name, bytes);
    this.#bytes += bytes;
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { directory, maxFiles, maxBytes } = this.#config;
    for (const [name, size] of this.#files) {
      if (this.#files.size < maxFiles && this.#bytes + bytes <= maxBytes) return;
      await rm(join(directory, name), { force: true });
      this.#files.delete(name);
      this.#bytes -= size;
    }
  }

  /** Two decisions on one target in the same millisecond have the same name. */
  #free(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#files.has(name); count++) name = wanted.replace(/\.json$/, `_${count}.json`);
    return name;
  }

  #recorded(): void {
    this.#config.onRecorded();
    if (this.#said.size > 0)
      this.#config.logger.info({ directory: this.#config.directory }, 'decisions are recorded again');
    this.#said.clear();
  }

  #lose(why: RecordingLoss, fields: Readonly<Record<string, unknown>>): void {
    this.#config.onLost(why);
    if (this.#said.has(why)) return;
    this.#said.add(why);
    this.#config.logger.warn(
      { reason: why, ...fields },
      'a decision was not recorded; further ones are counted in kubeskippy_decisions_lost_total and not said. Healing goes on',
    );
  }
}

/** `20260101T000205.123Z_Deployment_shop_web_target_blocked_RateLimited.json`: sorts by time, then by target. */
function nameOf(at: string, label: readonly string[]): string {
  const time = `${at.slice(0, 23).replaceAll(/[-:]/g, '')}Z`;
  const words = label.filter((word) => word !== '').map((word) => word.replaceAll(/[^A-Za-z0-9.-]/g, '-'));
  return `${[time, ...words].join('_').slice(0, MAX_NAME)}.json`;
}
/** File systems take 255 bytes; a dot in front, a number and the ending have to fit too. */
const MAX_NAME = 230;

const RECORD = /^\d{8}T\d{6}\.\d{3}Z_.*\.json$/;
const isRecord = (name: string): boolean => RECORD.test(name);
const isUnfinished = (name: string): boolean => name.startsWith('.') && RECORD.test(name.slice(1));

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
