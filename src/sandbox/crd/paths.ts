/** Field paths as errors show them. The empty path is shown as `<nil>`. */

export const child = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
export const key = (path: string, name: string): string => `${path}[${name}]`;
export const index = (path: string, position: number): string => `${path}[${position}]`;
export const shownPath = (path: string): string => (path === '' ? '<nil>' : path);
