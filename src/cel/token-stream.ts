/** The tokens of an expression with a place to read on from, and the complaints about them. */
import type { Issue, Token } from './tokens.ts';

/** Ends parsing after an error that the parser cannot go on from. */
export class Halt extends Error {}

export class TokenStream {
  readonly #tokens: readonly Token[];
  readonly #issues: Issue[];
  #next = 0;

  constructor(tokens: readonly Token[], issues: Issue[]) {
    this.#tokens = tokens;
    this.#issues = issues;
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] as Token;
  }

  take(): Token {
    const token = this.peek();
    if (token.kind !== 'eof') this.#next++;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === 'punct' || token.kind === 'word');
  }

  accept(text: string): Token | undefined {
    return this.is(text) ? this.take() : undefined;
  }

  syntax(at: number, message: string): void {
    this.report(at, `Syntax error: ${message}`);
  }

  halt(at: number, message: string): never {
    this.syntax(at, message);
    throw new Halt();
  }

  /**
   * A closing bracket. Absent at a place where what follows could follow it, it is taken as there after the complaint.
   */
  close(text: string): void {
    if (this.accept(text)) return;
    const token = this.peek();
    if (this.is(text, 1)) {
      this.syntax(token.at, `extraneous input '${token.text}' expecting {'${text}', ','}`);
      this.take();
      this.take();
      return;
    }
    if (token.kind === 'eof') this.halt(token.at, `missing '${text}' at '<EOF>'`);
    this.halt(token.at, `mismatched input '${token.text}' expecting {'${text}', ','}`);
  }

  skip(count: number): void {
    this.#next += count;
  }

  report(at: number | undefined, message: string): void {
    this.#issues.push({ at, message });
  }
}
