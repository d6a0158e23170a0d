import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openForge, type Forge, type ForgeCredentials, type ForgeKind } from '../../src/forge/index.ts';
import { sensitive } from '../../src/sensitive.ts';
import {
  openForgeServer,
  testClock,
  testConnections,
  type AskedOfForge,
  type ForgeReply,
  type ForgeServer,
  type TestClock,
} from './forge-server.ts';

/** What is answered to one request: always the same, one after the other with the last one again and again, or what a function says. */
export type WireAnswer = ForgeReply | readonly ForgeReply[] | ((asked: AskedOfForge) => ForgeReply);

/** A forge that speaks to a server of ours. */
export interface ForgeWire {
  readonly forge: Forge;
  readonly server: ForgeServer;
  /** Time passes only as it is waited for. */
  readonly clock: TestClock;
  /** Bodies of all that was sent to change something, the oldest first. */
  readonly sent: () => readonly unknown[];
}

/** The token that is carried where a test names no credentials. */
export const wireToken = 'wire-token-4711';

/**
 * Opens a repository on a product that cannot run here: a server on this machine answers as the product's documentation
 * says. `answers` has one entry for each request that is expected, such as `GET /api/v4/user`; all others are refused.
 */
export async function openForgeWire(options: {
  readonly kind: ForgeKind;
  readonly repositoryUrl: string;
  /** Where the interface begins on the server. */
  readonly apiPath: string;
  readonly credentials?: ForgeCredentials;
  readonly answers: Readonly<Record<string, WireAnswer>>;
}): Promise<ForgeWire> {
  const counts = new Map<string, number>();
  const server = await openForgeServer((asked) => {
    const line = `${asked.method} ${asked.path}`;
    const answer = options.answers[line];
    if (answer === undefined) return { status: 400, body: { message: `not expected: ${line}` } };
    if (typeof answer === 'function') return answer(asked);
    if (!Array.isArray(answer)) return answer as ForgeReply;
    const count = counts.get(line) ?? 0;
    counts.set(line, count + 1);
    const list = answer as readonly ForgeReply[];
    return list[Math.min(count, list.length - 1)] ?? {};
  });
  const clock = testClock();
  const forge = openForge({
    kind: options.kind,
    repositoryUrl: options.repositoryUrl,
    apiUrl: `${server.url}${options.apiPath}`,
    credentials: options.credentials ?? { kind: 'token', token: sensitive(wireToken) },
    connections: testConnections(clock),
  });
  return {
    forge,
    server,
    clock,
    sent: () => server.asked.filter(({ method }) => method !== 'GET').map(({ body }) => body),
  };
}

/** A payload from the documentation of a product: `gitlab/merge-request`. */
export function forgePayload(name: string): Readonly<Record<string, unknown>> {
  const [product = '', file = ''] = name.split('/');
  const path = join(import.meta.dirname, '..', '..', 'src', 'forge', product, 'fixtures', `${file}.json`);
  const fixture = JSON.parse(readFileSync(path, 'utf8')) as { readonly body: Readonly<Record<string, unknown>> };
  return fixture.body;
}
