/** What the shell needs of a log: levels, a message, and fields. One line of JSON each in production. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
}

/** `error` holds what was caught; its name, code, message and causes are written out. */
export type LogFields = Readonly<Record<string, unknown>>;
