/** Headers as this module reads them. */

/** Names in lower case. A header that came several times has its values joined with `, `, or in the list form. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export const valuesOf = (headers: RequestHeaders, name: string): readonly string[] => {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
};
