/** Where people are who are signed in. */
export const home = '/login';

/** A path of ours as people see it, below the URL of this server. */
export function under(base: URL, path: string): string {
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}${path}`;
}

/**
 * Where to go after signing in: a path below the URL of this server, and home for anything else.
 * @param base the URL under which people see this server
 */
export function returnPath(text: unknown, base: URL): string {
  if (typeof text !== 'string' || text.length > 2048 || !/^\/[\x21-\x7e]*$/.test(text)) return home;
  // Browsers take `\` for `/`, and `//host` for another host.
  if (/^\/[/\\]/.test(text) || text.includes('\\')) return home;
  const url = URL.parse(text, base.origin);
  if (url === null || url.origin !== base.origin || url.pathname.startsWith('//')) return home;
  return `${url.pathname}${url.search}${url.hash}`;
}
