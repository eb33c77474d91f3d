/** Label names and values, each kept once and named by a small integer. */
export class StringTable {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #free: number[] = [];

  /** One more than the largest id in use. */
  get capacity(): number {
    return this.#texts.length;
  }

  intern(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#free.pop() ?? this.#texts.length;
    this.#texts[id] = text;
    this.#ids.set(text, id);
    return id;
  }

  idOf(text: string): number | undefined {
    return this.#ids.get(text);
  }

  text(id: number): string {
    return this.#texts[id] ?? '';
  }

  /** Forgets every string whose flag is not set. */
  retain(used: Uint8Array): void {
    for (const [text, id] of this.#ids) {
      if (used[id] === 1) continue;
      this.#ids.delete(text);
      this.#texts[id] = '';
      this.#free.push(id);
    }
  }
}
