import * as http from 'node:http';
import * as https from 'node:https';
import { plumbError } from '../errors.ts';
import { sharedAgent } from './agents.ts';
import type { Core } from './core.ts';
import type { FreshCommit } from './fresh-commits.ts';
import { authorizationFor, issued } from './credentials.ts';
import { asCommitId, type CommitId, type ObjectId } from './ids.ts';
import type { NewObject, ObjectFormat } from './loose-objects.ts';
import { packOf } from './pack.ts';
import { flushPacket, packetsOf } from './packet-line.ts';
import type { Remote } from './remote.ts';
import { hasQuickWay } from './smart-http.ts';

/** What is pushed. */
export interface QuickWish {
  readonly ref: string;
  readonly expected: CommitId | undefined;
  readonly commit: CommitId;
}

/** How it ended. */
export type QuickEnd =
  | { readonly kind: 'pushed' }
  | { readonly kind: 'moved' }
  /** As Git would report it, in its form for programs and in the words of the server. */
  | { readonly kind: 'refused'; readonly stdout: string; readonly stderr: string }
  /** It was sent, and no answer came that would tell. */
  | { readonly kind: 'unknown'; readonly error: Error };

const packLimit = 16 * 1024 * 1024;
const advertisementLimit = 64 * 1024 * 1024;
const answerLimit = 1024 * 1024;
const advertisementMilliseconds = 20_000;
const restMilliseconds = 60_000;

/** Until when the pushes to a server are left to Git, by `performance.now()`. */
const restingUntil = new WeakMap<Remote, number>();

/**
 * Pushes in the common case: commits that were made here just now, to a server that speaks smart HTTP. It asks through
 * connections that are kept open, where `git push` starts four processes and makes two new connections. What the server
 * then says is judged as Git's own report is.
 * @returns undefined where the case is another one: nothing was sent, and `git push` is to do it, or to say why not
 * @throws the reason of `signal`, where nothing was sent yet
 */
export async function quickPush(core: Core, wish: QuickWish, signal: AbortSignal): Promise<QuickEnd | undefined> {
  const { remote } = core;
  if (!hasQuickWay(remote) || performance.now() < (restingUntil.get(remote) ?? 0)) return undefined;
  const { agent, release } = sharedAgent(remote);
  try {
    const prepared = await prepare(core, agent, wish, signal).catch(() => {
      signal.throwIfAborted();
      restingUntil.set(remote, performance.now() + restMilliseconds);
      return undefined;
    });
    if (prepared === undefined || 'kind' in prepared) return prepared;
    return await send(remote, agent, wish, prepared, signal);
  } finally {
    release();
  }
}

/** Asks the server what it has, and puts together what it needs. */
async function prepare(
  core: Core,
  agent: http.Agent,
  { ref, expected, commit }: QuickWish,
  signal: AbortSignal,
): Promise<Buffer | QuickEnd | undefined> {
  // The cheap question first: what was not made here is Git's to find out.
  if (core.fresh.commit(commit) === undefined) return undefined;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(advertisementMilliseconds)]);
  const path = '/info/refs?service=git-receive-pack';
  const { status, type, body } = await exchange(core.remote, agent, { path }, advertisementLimit, limited);
  if (status !== 200 || type !== 'application/x-git-receive-pack-advertisement') throw new Error(`answered ${status}`);
  const { refs, capabilities } = await advertisementIn(body);
  const format: ObjectFormat = commit.length === 64 ? 'sha256' : 'sha1';
  const offered = capabilities.find((word) => word.startsWith('object-format='))?.slice('object-format='.length);
  if ((offered ?? 'sha1') !== format) return undefined;
  if (!['report-status', 'side-band-64k'].every((word) => capabilities.includes(word))) return undefined;
  const now = refs.get(ref);
  if (now === commit) return { kind: 'pushed' };
  if (now !== expected) return { kind: 'moved' };
  const objects = missingFrom(core, commit, new Set(refs.values()));
  if (objects === undefined) return undefined;
  const pack = await packOf(format, objects);
  if (pack.length > packLimit) return undefined;
  const quiet = capabilities.includes('quiet') ? ' quiet' : '';
  const words = `report-status side-band-64k${quiet} object-format=${format} agent=git/plumbline`;
  const line = `${expected ?? '0'.repeat(commit.length)} ${commit} ${ref}\0 ${offered === undefined ? words.replace(` object-format=${format}`, '') : words}`;
  const length = (Buffer.byteLength(line) + 4).toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(`${length}${line}${flushPacket}`), pack]);
}

/** What the server does not have; undefined where that is not known from memory. */
function missingFrom(core: Core, commit: CommitId, there: ReadonlySet<ObjectId>): readonly NewObject[] | undefined {
  const objects = new Map<ObjectId, NewObject>();
  for (let at: CommitId | undefined = commit; at !== undefined && !there.has(at);) {
    const fresh: FreshCommit | undefined = core.fresh.commit(at);
    if (fresh === undefined) return undefined;
    for (const object of fresh.objects) objects.set(object.id, object);
    at = fresh.parent;
  }
  return [...objects.values()];
}

async function send(
  remote: Remote,
  agent: http.Agent,
  { ref }: QuickWish,
  body: Buffer,
  signal: AbortSignal,
): Promise<QuickEnd> {
  const late = AbortSignal.timeout(remote.limits.pushMilliseconds);
  try {
    const path = '/git-receive-pack';
    const answer = await exchange(remote, agent, { path, body }, answerLimit, AbortSignal.any([signal, late]));
    const { status, type } = answer;
    if (status >= 400 && status < 500) {
      return { kind: 'refused', stdout: '', stderr: `fatal: The requested URL returned error: ${status}` };
    }
    if (status !== 200 || type !== 'application/x-git-receive-pack-result')
      throw plumbError('git.unreachable', `the server answered ${status}`);
    return await reportIn(answer.body, ref);
  } catch (cause) {
    const seconds = Math.round(remote.limits.pushMilliseconds / 1000);
    const error = late.aborted ? plumbError('timeout', `the push took longer than ${seconds} s`, { cause }) : cause;
    return { kind: 'unknown', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** What the server says became of the ref. @throws Error where it does not say so */
async function reportIn(body: Buffer, ref: string): Promise<QuickEnd> {
  const report: Buffer[] = [];
  let words = '';
  for await (const packet of packetsOf(once(body))) {
    if (typeof packet === 'string') continue;
    if (packet[0] === 1) report.push(packet.subarray(1));
    else words += packet.toString('utf8', 1);
  }
  const stderr = words
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .map((line) => `remote: ${line}`)
    .join('\n');
  for await (const packet of packetsOf(once(Buffer.concat(report)))) {
    if (typeof packet === 'string') continue;
    const line = packet.toString('utf8').trimEnd();
    if (line === `ok ${ref}`) return { kind: 'pushed' };
    if (line.startsWith(`ng ${ref} `)) {
      const reason = line.slice(`ng ${ref} `.length);
      return { kind: 'refused', stdout: `!\t${ref}\t[remote rejected] (${reason})`, stderr };
    }
  }
  throw plumbError('git.unreachable', 'the answer of the server to the push is cut short');
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** The refs of the server and what it can do. @throws Error where it is not of that form */
async function advertisementIn(
  body: Buffer,
): Promise<{ readonly refs: ReadonlyMap<string, ObjectId>; readonly capabilities: readonly string[] }> {
  const refs = new Map<string, ObjectId>();
  let capabilities: readonly string[] | undefined;
  for await (const packet of packetsOf(once(body))) {
    if (typeof packet === 'string') continue;
    const line = packet.toString('utf8').replace(/\n$/, '');
    if (line.startsWith('# service=') || line.startsWith('shallow ')) continue;
    const [head = '', words] = line.split('\0');
    capabilities ??= words?.split(' ').filter((word) => word !== '');
    const id = asCommitId(head.slice(0, head.indexOf(' ')));
    if (id === undefined || capabilities === undefined) throw new Error('the refs of the server are not as expected');
    const name = head.slice(head.indexOf(' ') + 1);
    if (name !== 'capabilities^{}') refs.set(name, id);
  }
  if (capabilities === undefined) throw new Error('the server does not say what it can do');
  return { refs, capabilities };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** One request and its whole answer. It is never sent twice. */
async function exchange(
  remote: Remote,
  agent: http.Agent,
  { path, body }: { readonly path: string; readonly body?: Buffer },
  limit: number,
  signal: AbortSignal,
): Promise<Answer> {
  const { url, egress } = remote;
  egress.checkHost(url.host);
  const authorization = authorizationFor(await issued(remote.connection, signal), url.host);
  const headers = {
    // Forges tell Git from a browser by this name.
    'User-Agent': 'git/plumbline',
    Accept: 'application/x-git-receive-pack-result, */*',
    ...(authorization === undefined ? {} : { Authorization: Buffer.from(authorization.reveal()).toString('latin1') }),
    ...(body === undefined
      ? {}
      : { 'Content-Type': 'application/x-git-receive-pack-request', 'Content-Length': body.length }),
  };
  const { request } = url.transport === 'https' ? https : http;
  return new Promise((resolve, reject) => {
    const options = { agent, signal, headers, method: body === undefined ? 'GET' : 'POST' };
    const call = request(`${url.text}${path}`, options, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > limit) call.destroy(new Error('the answer has no end'));
        else chunks.push(chunk);
      });
      answer.once('end', () => {
        const type = answer.headers['content-type'] ?? '';
        if (answer.complete) resolve({ status: answer.statusCode ?? 0, type, body: Buffer.concat(chunks) });
        else reject(new Error('the answer is cut short'));
      });
      answer.once('error', reject);
    });
    call.once('error', reject);
    call.end(body);
  });
}
