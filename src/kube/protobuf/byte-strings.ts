/**
 * Strings straight from bytes, without decoding what was decoded lately: most strings of a cluster are the same few
 * (namespaces, images, reasons, label keys). A direct-mapped table: a collision costs a decoding, never a wrong string.
 * It grows with the number of strings decoded, to a limit.
 */
import { toTimestamp } from '../../std/clock.ts';

/** 32 K slots with strings of up to 64 bytes: at most some 3 MB. */
const MAX_SLOTS = 32_768;
/** An operator has a table for each kind that it watches, and sees few objects of most of them. */
const FIRST_SLOTS = 512;
/** Longer ones (messages, scripts) rarely repeat, and hashing them costs more than decoding. */
const MAX_LENGTH = 64;

/** Most times of an object are the same second. */
const TIME_SLOTS = 4096;

export class ByteStrings {
  readonly #times: ({ readonly seconds: number; readonly text: string } | undefined)[] = [];
  #slots: (string | undefined)[];
  #decoded = 0;

  /** `slots`: how many there are at first, a power of two. */
  constructor(slots = FIRST_SLOTS) {
    this.#slots = emptySlots(slots);
  }

  /** The timestamp of whole seconds since 1970. */
  timestamp(seconds: number): string {
    const index = Math.abs(seconds) % TIME_SLOTS;
    const slot = this.#times[index];
    if (slot?.seconds === seconds) return slot.text;
    // Through bytes: a text put together from parts keeps its parts, which is four times its size.
    const text = Buffer.from(toTimestamp(seconds * 1000), 'latin1').toString('latin1');
    this.#times[index] = { seconds, text };
    return text;
  }

  /** The UTF-8 text of `buffer[start, end)`. */
  text(buffer: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > MAX_LENGTH) return buffer.toString('utf8', start, end);
    // FNV-1a over every byte: names differ in their last characters.
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (buffer[at] as number), 0x01000193);
    const index = (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
    const slot = this.#slots[index];
    if (slot !== undefined && slot.length === length && same(slot, buffer, start)) return slot;
    const text = buffer.toString('utf8', start, end);
    // Only ASCII has as many characters as bytes, and only then can the text be compared with bytes.
    if (text.length !== length) return text;
    this.#slots[index] = text;
    // What was known is decoded once more: at most a third of what the larger table takes.
    if (++this.#decoded > this.#slots.length && this.#slots.length < MAX_SLOTS) {
      this.#slots = emptySlots(Math.min(this.#slots.length * 4, MAX_SLOTS));
      this.#decoded = 0;
    }
    return text;
  }
}

const emptySlots = (count: number): (string | undefined)[] => Array.from({ length: count }, () => undefined);

function same(text: string, buffer: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== buffer[start + i]) return false;
  return true;
}
