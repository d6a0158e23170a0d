import { pipeline } from 'node:stream/promises';
import { plumbError, problemsOf } from '../errors.ts';
import { exclusively, openGeneration, readFrom, tidy, type Core, type Generation } from './core.ts';
import { detached, rememberedBranch } from './default-branch.ts';
import { gitEnvironment } from './environment.ts';
import { boundaryLimit, isShallow, prepareBoundary, readBoundary } from './history.ts';
import type { ObjectId } from './ids.ts';
import { leaveToGit } from './list-refs.ts';
import type { Lock } from './lock.ts';
import { movesTo, rangesOf, type Move } from './moves.ts';
import { runGit, type GitResult } from './process.ts';
import type { Remote } from './remote.ts';
import type { Target } from './selector.ts';
import { hasQuickWay, openSmartHttp, type PackQuestion, type SmartHttp } from './smart-http.ts';
import { currentGeneration } from './store.ts';
import { tagPrefix } from './tips.ts';

/** The connections to the server of a mirror, and how the quick way went lately. */
export interface QuickWay {
  readonly remote: Remote;
  readonly server: SmartHttp;
  /** How often it failed in a row. */
  failures: number;
  /** When it may be tried again, by `performance.now()`. */
  notBefore: number;
}

const mostHaves = 32;
const shortestRest = 60_000;
const longestRest = 3_600_000;

/**
 * Fetches targets in the common case, which is that of nearly every poll and every trigger: a mirror that is whole, a
 * server that speaks smart HTTP, nothing new or a push. It asks through connections that are kept open, where
 * `git fetch` needs three new requests and five processes; where nothing is new, no process and no lock at all. Git
 * takes in the pack, checks that nothing is missing from it, and moves the refs.
 * @returns false where the case is another one: nothing was changed, and `git fetch` is to do it, or to say why not
 * @throws PlumbError `git.locked`, `git.too-large`, `timeout`; the reason of `signal` where it was aborted
 */
export async function quickFetch(core: Core, targets: readonly Target[], signal: AbortSignal): Promise<boolean> {
  const generation = await openGeneration(core);
  const way = quickWay(core);
  if (way === undefined || generation === undefined || performance.now() < way.notBefore) return false;
  if ((await currentGeneration(core.store)) !== generation.directory) return false;
  const names = await namesOf(targets, generation);
  if (names === undefined) return false;
  const shallow = await isShallow(generation.directory);
  // What is missing of the history is fetched by Git.
  if (shallow && core.remote.history === 'full') return false;
  const followed = { names, ranges: shallow ? rangesOf(targets) : undefined };
  const attempt = async <T>(step: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      signal.throwIfAborted();
      if (problemsOf(error).some(({ code }) => code === 'git.too-large' || code === 'timeout')) throw error;
      way.failures += 1;
      way.notBefore = performance.now() + Math.min(shortestRest * 2 ** (way.failures - 1), longestRest);
      leaveToGit(core.remote, way.notBefore);
      return undefined;
    }
  };
  const moves = await attempt(async () =>
    movesTo(core, generation, followed, await way.server.listRefs(names, signal)),
  );
  if (moves === undefined) return false;
  way.failures = 0;
  if (moves.length === 0) return true;
  return exclusively(core, signal, async (lock) => {
    let done = false;
    try {
      done = (await attempt(() => bring(core, generation, way.server, { moves, shallow }, lock, signal))) === true;
    } finally {
      // A Git that was ended leaves half a pack behind.
      if (!done) await tidy(core);
    }
    return done;
  });
}

/** The way to the server as it is reached now; undefined where there is none but Git's. */
function quickWay(core: Core): QuickWay | undefined {
  const { remote } = core;
  if (core.quick?.remote === remote) return core.quick;
  const before = core.quick;
  core.quick = hasQuickWay(remote) ? { remote, server: openSmartHttp(remote), failures: 0, notBefore: 0 } : undefined;
  // After the new one was opened, so that the connections that both use stay.
  before?.server.close();
  return core.quick;
}

/** What the server is asked for: full names of refs, or prefixes that end with a slash; undefined where Git is to ask. */
async function namesOf(targets: readonly Target[], generation: Generation): Promise<readonly string[] | undefined> {
  const names = new Set<string>();
  for (const target of targets) {
    if (target.kind === 'commit') return undefined;
    if (target.kind === 'ref') names.add(target.ref);
    else if (target.kind === 'semver') names.add(tagPrefix);
    else {
      const branch = await rememberedBranch(generation.directory);
      if (branch === undefined) return undefined;
      names.add('HEAD');
      if (branch !== detached) names.add(branch);
    }
  }
  return [...names];
}

/** What is to be brought. */
interface Order {
  readonly moves: readonly Move[];
  /** Without the commits that came before. */
  readonly shallow: boolean;
}

/** Takes in what is missing, and moves the refs. Only under the lock. @returns whether it could */
async function bring(
  core: Core,
  generation: Generation,
  server: SmartHttp,
  { moves, shallow }: Order,
  lock: Lock,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await currentGeneration(core.store)) !== generation.directory) return false;
  const boundary = shallow ? await readBoundary(generation.directory) : undefined;
  if (boundary !== undefined && boundary.size > boundaryLimit * 2) return false;
  const want: ObjectId[] = [];
  for (const id of new Set(moves.map(({ to }) => to))) {
    const answer = await readFrom(core, generation, id, 0);
    if (answer.kind === 'unreadable') return false;
    // One that was left behind may be here, and no longer be in the boundary: the server tells anew.
    const isHere = answer.kind !== 'missing' && (boundary === undefined || boundary.has(id));
    if (!isHere) want.push(id);
  }
  const tips = moves.flatMap(({ from }) => from ?? []);
  // Of what is no longer in its boundary, a shallow mirror does not know any more how much is here.
  const known = [...core.known.keys()].filter((id) => boundary === undefined || boundary.has(id));
  const have = [...new Set([...tips, ...known])].slice(0, mostHaves);
  // Everything is fetched by Git.
  if (have.length === 0) return false;
  const packed =
    want.length === 0 ? Promise.resolve() : takePack(core, generation, server, { want, have, boundary }, lock, signal);
  const moved = moveRefs(core, generation, moves, packed, signal);
  const [pack, refs] = await Promise.allSettled([packed, moved]);
  if (pack.status === 'rejected') throw pack.reason;
  if (refs.status === 'rejected') throw refs.reason;
  return true;
}

/**
 * Lets Git take in a pack. Its check is that of a clone: every object that one in the pack leads to is in the pack
 * or was here before, and what was here before has been checked in the same way.
 */
async function takePack(
  core: Core,
  { directory }: Generation,
  server: SmartHttp,
  question: PackQuestion,
  lock: Lock,
  signal: AbortSignal,
): Promise<void> {
  // Asked before Git is started, so that the server works meanwhile.
  const answer = server.fetchPack(question, signal);
  // Where Git is not even started, nobody else hears of its failure.
  answer.catch(() => {});
  // Where the history ends has to be known before Git looks for the parents of what comes.
  const boundary =
    question.boundary === undefined ? undefined : await prepareBoundary(directory, (await answer).boundary);
  try {
    const { stdout, exitCode, stderr } = await runGit({
      args: [
        `--git-dir=${directory}`,
        ...(boundary === undefined ? [] : ['--shallow-file', boundary.file]),
        'index-pack',
        '--stdin',
        '--fix-thin',
        '--check-self-contained-and-connected',
      ],
      environment: gitEnvironment(),
      feed: async (stdin) => pipeline(limited((await answer).pack, core.remote), stdin, { signal }),
      signal,
      timeoutMilliseconds: core.remote.limits.fetchMilliseconds,
      maxOutputBytes: 64 * 1024,
      onStart: (pid) => lock.noteChild(pid),
    });
    // 1 says that something in the pack leads to an object outside of it, as in every thin one.
    const isIn = (exitCode === 0 || exitCode === 1) && /^pack\t[0-9a-f]+$/m.test(stdout.toString('latin1'));
    if (!isIn) throw failed({ stdout, exitCode, stderr });
    await boundary?.commit();
  } catch (error) {
    await boundary?.drop();
    throw error;
  }
}

async function* limited(bytes: AsyncIterable<Uint8Array>, remote: Remote): AsyncGenerator<Uint8Array> {
  const { fetchBytes } = remote.limits;
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > fetchBytes) {
      const where = { repository: remote.url.text };
      throw plumbError('git.too-large', `the fetch brings more than ${fetchBytes} bytes`, { where });
    }
    yield chunk;
  }
}

/** Moves all refs or none, once the pack is in; Git is started before, as it takes a while. */
async function moveRefs(
  core: Core,
  { directory }: Generation,
  moves: readonly Move[],
  packed: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const result = await runGit({
    args: [`--git-dir=${directory}`, 'update-ref', '--no-deref', '--stdin', '-z'],
    environment: gitEnvironment(),
    feed: async (stdin) => {
      await packed;
      stdin.write(
        moves.map(({ local, from, to }) => `update ${local}\0${to}\0${from ?? '0'.repeat(to.length)}\0`).join(''),
      );
    },
    signal,
    timeoutMilliseconds: core.remote.limits.fetchMilliseconds,
    maxOutputBytes: 64 * 1024,
  });
  if (result.exitCode !== 0) throw failed(result);
}

function failed({ exitCode, stderr }: GitResult): Error {
  return new Error(`git ended with ${exitCode}: ${stderr}`);
}
