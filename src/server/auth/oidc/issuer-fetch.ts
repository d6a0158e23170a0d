import type { Egress } from '../../../egress.ts';
import { plumbError } from '../../../errors.ts';

/** How an issuer is reached. */
export interface IssuerFetchOptions {
  readonly egress: Pick<Egress, 'check' | 'lookup'>;
  /** Certificates in PEM form, in the place of the system's. */
  readonly certificateAuthority?: string;
}

/** What the libraries of OpenID Connect ask for; the parts of `fetch` that they use. */
export type IssuerFetch = (
  url: string,
  options: {
    readonly method?: string;
    readonly headers?: Headers | Record<string, string>;
    readonly body?: unknown;
    readonly signal?: AbortSignal | undefined;
  },
) => Promise<Response>;

/** Requests to an issuer, kept within the rules of where this installation connects to. */
export interface IssuerConnection {
  readonly fetch: IssuerFetch;
  close(): Promise<void>;
}

const longestAnswer = 1024 * 1024;
const patience = 10_000;

/** No redirect is followed, no proxy of the environment is used, and an answer has its size and time. */
export async function connectIssuer({ egress, certificateAuthority }: IssuerFetchOptions): Promise<IssuerConnection> {
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({
    allowH2: false,
    connections: 8,
    headersTimeout: patience,
    bodyTimeout: patience,
    connect: {
      timeout: patience,
      lookup: egress.lookup,
      // Verified whatever the environment of this process says.
      rejectUnauthorized: true,
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    },
  });
  const fetch: IssuerFetch = async (url, { method = 'GET', headers, body, signal }) => {
    // A host that is an address is never looked up.
    egress.check(url);
    const limit = AbortSignal.timeout(patience);
    const answer = await request(url, {
      dispatcher,
      method: method as 'GET' | 'POST',
      headers: Object.fromEntries(new Headers(headers)),
      ...(body === undefined || body === null ? {} : { body: bodyText(body) }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    const content = await whole(answer.body, new URL(url).host);
    const received = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const each of [value ?? []].flat()) received.append(name, each);
    }
    const empty = answer.statusCode === 204 || answer.statusCode === 304;
    return new Response(empty ? null : new Uint8Array(content), { status: answer.statusCode, headers: received });
  };
  return { fetch, close: () => dispatcher.destroy() };
}

function bodyText(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a body that is no form');
}

async function whole(body: AsyncIterable<Buffer> & { destroy(): unknown }, host: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > longestAnswer) {
      body.destroy();
      throw plumbError('auth.unavailable', `${host} answers with more than ${longestAnswer} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
