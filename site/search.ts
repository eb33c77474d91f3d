/** How the site searches its pages; the tests search with the same. */
export const SEARCH = {
  fuzzy: 0.2,
  prefix: true,
  boost: { title: 4, text: 2, titles: 1 },
  // A name that many pages mention is looked up: the page that says what it means comes first.
  boostDocument: (id: string): number => (id.includes('/reference/') ? 3 : 1),
};
