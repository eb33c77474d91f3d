/** Addresses of servers in the operator's configuration. */
import * as z from 'zod';

/** Credentials in it would be logged with it; a query or a fragment cannot stand before the path of a request. */
export const serverUrl = (example: string) =>
  z
    .string()
    .max(2048)
    .refine((text) => {
      if (!URL.canParse(text)) return false;
      const { protocol, username, password, search, hash } = new URL(text);
      return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
    }, `must be a URL such as ${example}, without credentials, query or fragment`);
