/** Selectors are part of the API's language (api/label-selector.ts); kept reachable from here for users of this folder. */
export * from '../api/label-selector.ts';
