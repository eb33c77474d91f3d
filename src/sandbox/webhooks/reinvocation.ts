/** Which of those that change a request's object look at it again, should it change after they did. */
import { type Draft, equalJson, thaw } from '../machinery/json.ts';

export class Reinvocation {
  readonly #asked = new Set<string>();
  readonly #due = new Set<string>();
  /** The object as the first round left it. */
  #last: Draft | undefined;

  /** It has looked, and wants to do so again after a change. */
  asked(id: string): void {
    this.#asked.add(id);
  }

  /** The object changed: all that have looked will look again. */
  recall(): void {
    for (const id of this.#asked) this.#due.add(id);
    this.#asked.clear();
  }

  isDue(id: string): boolean {
    return this.#due.has(id);
  }

  /** What others made of the object between the rounds is a change like any. */
  enter(object: Draft | undefined): void {
    if (!equalJson(this.#last, object)) this.recall();
  }

  leave(object: Draft | undefined): void {
    this.#last = object && thaw(object);
  }
}
