import type { FastifyRequest } from 'fastify';

/** The two cookies of this server. */
export interface Cookies {
  /** Of a session. */
  readonly session: Cookie;
  /** Of a sign-in that is under way. */
  readonly signIn: Cookie;
}

/** One cookie: how it is read, set and taken away. */
export interface Cookie {
  /** Undefined where there is none, or more than one: a browser sends one. */
  read(request: FastifyRequest): string | undefined;
  /** A line for Set-Cookie. */
  set(value: string, seconds: number): string;
  clear(): string;
}

/**
 * Cookies for the URL under which people see this server. Over TLS they have the prefix `__Host-`, with which browsers
 * take them from this very host alone. Cookies are not told apart by port: on this machine their names are.
 */
export function createCookies(url: URL): Cookies {
  const isSecure = url.protocol === 'https:';
  const nameOf = (name: string): string => (isSecure ? `__Host-plumb-${name}` : `plumb-${name}-${url.port}`);
  const secure = isSecure ? '; Secure' : '';
  const make = (name: string, sameSite: 'Strict' | 'Lax'): Cookie => {
    const line = (value: string, seconds: number): string =>
      `${nameOf(name)}=${value}; Path=/; HttpOnly; SameSite=${sameSite}; Max-Age=${seconds}${secure}`;
    return {
      read: (request) => readCookie(request, nameOf(name)),
      set: line,
      clear: () => line('', 0),
    };
  };
  return {
    session: make('session', 'Strict'),
    // The issuer sends the browser back: that is no request of the same site.
    signIn: make('sign-in', 'Lax'),
  };
}

function readCookie({ headers }: FastifyRequest, name: string): string | undefined {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
