import * as http from 'node:http';
import * as https from 'node:https';
import { sharedAgent } from './agents.ts';
import { authorizationFor, issued } from './credentials.ts';
import { asCommitId, type ObjectId } from './ids.ts';
import { isErrno } from './lock.ts';
import { delimiterPacket, flushPacket, packetsOf, textPacket, type Packet } from './packet-line.ts';
import type { Way } from './access.ts';
import { canTunnel } from './tunnel.ts';

/**
 * Asks a server over smart HTTP, protocol 2, through connections that are kept open. It knows the two questions that
 * every fetch of something new needs and no more; whatever answer it does not expect is an Error, and Git is to ask.
 */
export interface SmartHttp {
  /** The refs of the server under any of the prefixes. */
  listRefs(prefixes: readonly string[], signal: AbortSignal): Promise<Listing>;
  /** A pack with what the wanted objects are made of, less what those are made of that are here. */
  fetchPack(question: PackQuestion, signal: AbortSignal): Promise<PackAnswer>;
  /** Ends the connections. */
  close(): void;
}

/** Which objects are asked for. */
export interface PackQuestion {
  readonly want: readonly ObjectId[];
  readonly have: readonly ObjectId[];
  /**
   * The commits whose parents are not here: then those of the wanted ones are not asked for either. Undefined where
   * the history is whole and stays so.
   */
  readonly boundary: ReadonlySet<string> | undefined;
}

/** What a server sends. */
export interface PackAnswer {
  /** The commits whose parents are not here, once the pack is. */
  readonly boundary: ReadonlySet<string>;
  /** The bytes of the pack. */
  readonly pack: AsyncIterable<Uint8Array>;
}

/** What a server answers to the question for its refs. */
export interface Listing {
  readonly refs: ReadonlyMap<string, ObjectId>;
  /** The ref that HEAD stands for; undefined where it stands for a commit, or was not asked for. */
  readonly head: string | undefined;
}

/** A server that is silent for so long is left to Git, in milliseconds. */
const longestSilence = 20_000;
/** A list of refs that takes longer is left to Git, however busily it goes on, in milliseconds. */
const longestListing = 120_000;
const listingLimit = 64 * 1024 * 1024;
/** What a server can do fits a page; one of an older protocol lists all its refs here, and is Git's. */
const advertisementLimit = 256 * 1024;

/** Whether a server can be asked in this way at all. Proxies are of many kinds, and Git knows all of them. */
export function hasQuickWay({ url, connection: { proxy } }: Way): boolean {
  if (proxy === undefined) return url.transport === 'http' || url.transport === 'https';
  return url.transport === 'https' && canTunnel(proxy);
}

/**
 * Prepares to ask the server of a remote. Nothing is sent yet.
 * @param silenceMilliseconds how long the server may say nothing
 * @param listingMilliseconds how long it may take to list its refs
 */
export function openSmartHttp(
  remote: Way,
  silenceMilliseconds = longestSilence,
  listingMilliseconds = longestListing,
): SmartHttp {
  const { url, egress } = remote;
  const { request } = url.transport === 'https' ? https : http;
  const { agent, release } = sharedAgent(remote);
  let format: Promise<string | undefined> | undefined;

  const ask = async (path: string, service: string, body: string | undefined, signal: AbortSignal): Promise<Answer> => {
    egress.checkHost(url.host);
    const authorization = authorizationFor(await issued(remote.connection, signal), url.host);
    const headers = {
      // Forges tell Git from a browser by this name.
      'User-Agent': 'git/plumbline',
      'Git-Protocol': 'version=2',
      Accept: `application/x-${service}`,
      ...(authorization === undefined ? {} : { Authorization: latin(authorization.reveal()) }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/x-git-upload-pack-request' }),
    };
    const options = {
      agent,
      signal,
      headers,
      method: body === undefined ? 'GET' : 'POST',
      timeout: silenceMilliseconds,
    };
    const send = (): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const call = request(`${url.text}${path}`, options, (answer) => {
          // A redirect, a login page, a server that is down: Git knows what to make of it.
          if (answer.statusCode === 200 && answer.headers['content-type'] === `application/x-${service}`)
            resolve(answer);
          else {
            answer.destroy();
            reject(new Error(`the server answered ${answer.statusCode}`));
          }
        });
        call.once('timeout', () => call.destroy(new Error('the server is silent')));
        call.once('error', (error) => {
          // The server had closed the connection just before. Asking twice does no harm.
          if (call.reusedSocket && isErrno(error, 'ECONNRESET')) resolve(send());
          else reject(error);
        });
        // As bytes: a text would take the headers along into its own encoding.
        call.end(body === undefined ? undefined : Buffer.from(body));
      });
    return send();
  };

  /** What the server can do does not change from one fetch to the next: it is asked once. */
  const learnFormat = async (signal: AbortSignal): Promise<string | undefined> => {
    const service = 'git-upload-pack-advertisement';
    const answer = await ask('/info/refs?service=git-upload-pack', service, undefined, signal);
    return objectFormatOf((await linesOf(answer)).filter((line) => !line.startsWith('# service=')));
  };

  const command = async (
    name: string,
    words: readonly string[],
    signal: AbortSignal,
  ): Promise<AsyncGenerator<Packet>> => {
    format ??= learnFormat(signal).catch((error: unknown) => {
      format = undefined;
      throw error;
    });
    const known = await format;
    const head = [`command=${name}`, ...(known === undefined ? [] : [`object-format=${known}`])];
    const body = [...head.map(textPacket), delimiterPacket, ...words.map(textPacket), flushPacket].join('');
    return packetsOf(await ask('/git-upload-pack', 'git-upload-pack-result', body, signal));
  };

  return {
    async listRefs(prefixes, signal) {
      const words = ['symrefs', ...prefixes.map((prefix) => `ref-prefix ${prefix}`)];
      const limited = AbortSignal.any([signal, AbortSignal.timeout(listingMilliseconds)]);
      return listingOf(await command('ls-refs', words, limited), prefixes);
    },
    async fetchPack({ want, have, boundary }, signal) {
      const words = [
        'thin-pack',
        'ofs-delta',
        'no-progress',
        ...want.map((id) => `want ${id}`),
        ...have.map((id) => `have ${id}`),
        ...(boundary === undefined ? [] : [...[...boundary].map((id) => `shallow ${id}`), 'deepen 1']),
        'done',
      ];
      return packIn(await command('fetch', words, signal), boundary);
    },
    close: release,
  };
}

/** A header is bytes to HTTP: here those of UTF-8, as Git sends them. */
function latin(text: string): string {
  return Buffer.from(text).toString('latin1');
}

type Answer = AsyncIterable<Buffer>;

async function linesOf(answer: Answer): Promise<readonly string[]> {
  const lines: string[] = [];
  let size = 0;
  for await (const packet of packetsOf(answer)) {
    if (typeof packet === 'string') continue;
    size += packet.length;
    if (size > advertisementLimit) throw new Error('what the server can do has no end');
    lines.push(lineOf(packet));
  }
  return lines;
}

function lineOf(packet: Buffer): string {
  return packet.toString('utf8').replace(/\n$/, '');
}

/** The format of the object ids, where the server tells it. */
function objectFormatOf([version, ...capabilities]: readonly string[]): string | undefined {
  if (version !== 'version 2') throw new Error('the server does not speak protocol 2');
  for (const name of ['ls-refs', 'fetch']) {
    if (!capabilities.some((capability) => capability === name || capability.startsWith(`${name}=`)))
      throw new Error(`the server does not know ${name}`);
  }
  const prefix = 'object-format=';
  return capabilities.find((capability) => capability.startsWith(prefix))?.slice(prefix.length);
}

/** Of all that a server lists, what was asked for: a server may list what it wants. */
async function listingOf(packets: AsyncGenerator<Packet>, prefixes: readonly string[]): Promise<Listing> {
  const refs = new Map<string, ObjectId>();
  let head: string | undefined;
  let ended = false;
  let size = 0;
  for await (const packet of packets) {
    if (packet === 'flush') ended = true;
    if (typeof packet === 'string') continue;
    size += packet.length;
    if (ended || size > listingLimit) throw new Error('the list of refs has no end');
    const [idText = '', ref = '', ...attributes] = lineOf(packet).split(' ');
    const id = asCommitId(idText);
    // Git allows none of these in a name, and in its input they would begin another word.
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    if (id === undefined || ref === '' || /[\u0000-\u0020\u007f]/.test(ref))
      throw new Error('the list of refs is not one');
    if (!prefixes.some((prefix) => ref === prefix || (prefix.endsWith('/') && ref.startsWith(prefix)))) continue;
    refs.set(ref, id);
    if (ref === 'HEAD') head = attributes.find((word) => word.startsWith(symref))?.slice(symref.length);
  }
  if (!ended) throw new Error('the list of refs is cut short');
  return { refs, head };
}

const symref = 'symref-target:';

/** The new boundary, and the bytes of the pack: the first channel of three that share the stream. */
async function packIn(packets: AsyncGenerator<Packet>, boundary: ReadonlySet<string> | undefined): Promise<PackAnswer> {
  const moved = boundary === undefined ? new Set<string>() : await boundaryIn(packets, boundary);
  const first = await packets.next();
  // Another section: the repository is shallow itself, or lies elsewhere in part.
  if (first.done === true || typeof first.value === 'string' || lineOf(first.value) !== 'packfile')
    throw new Error('the server answers with something else than a pack');
  return { boundary: moved, pack: channelOf(packets) };
}

/** The first section of an answer to a question with a boundary: how that moves. */
async function boundaryIn(packets: AsyncGenerator<Packet>, before: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const boundary = new Set(before);
  // By hand: a loop would end the packets with itself.
  const next = async (): Promise<Packet> => {
    const { done, value } = await packets.next();
    if (done === true) throw new Error('the answer is cut short');
    return value;
  };
  const title = await next();
  if (typeof title === 'string' || lineOf(title) !== 'shallow-info')
    throw new Error('the server does not tell where the history ends');
  for (let packet = await next(); packet !== 'delimiter'; packet = await next()) {
    const [, word, id = ''] =
      typeof packet === 'string' ? [] : (/^(shallow|unshallow) (\S+)$/.exec(lineOf(packet)) ?? []);
    if (asCommitId(id) === undefined) throw new Error('the end of the history is not one');
    if (word === 'shallow') boundary.add(id);
    else boundary.delete(id);
  }
  return boundary;
}

async function* channelOf(packets: AsyncGenerator<Packet>): AsyncGenerator<Uint8Array> {
  let ended = false;
  for await (const packet of packets) {
    if (packet === 'flush') ended = true;
    if (typeof packet === 'string') continue;
    if (packet[0] === 3) throw new Error('the server gave up in the middle of the pack');
    if (packet[0] === 1) yield packet.subarray(1);
  }
  if (!ended) throw new Error('the pack is cut short');
}
