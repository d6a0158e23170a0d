import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { PlumbError } from '../errors.ts';
import { findRenderer, type HostKind } from './binaries.ts';
import { createDiskCache } from './disk-cache.ts';
import { type CacheEntry, resultOf } from './entry.ts';
import type { RenderHost } from './host.ts';
import { createMemoryCache } from './memory-cache.ts';
import { createNativeHost } from './native-host.ts';
import { createPrediction } from './prediction.ts';
import { decodeResponse, type Response } from './protocol.ts';
import { observe } from './observed-tree.ts';
import { compare, type KnownPath, withLinks } from './record.ts';
import { RenderError } from './render-error.ts';
import { cacheKey, optionsDigest, renderSeed } from './seeds.ts';
import { createStandingRenders, type Known } from './standing-renders.ts';
import type { FileTree, ReadRecord, Renderer, RenderLimits, RenderRequest, RenderResult } from './types.ts';
import { createWasmHost } from './wasm-host.ts';

/** How a renderer behaves. All but the host has a default. */
export interface RendererOptions {
  /** `wasm`: sandboxed, in worker threads. `native`: faster and smaller, in one process of its own. */
  readonly host: HostKind;
  /** Most renders at the same time. Default: the number of cores. */
  readonly workers?: number;
  /** Where results are kept across restarts, encrypted. Default: nowhere. */
  readonly cacheDirectory?: string;
  /** Bound of the results on disk, in bytes. Default: 256 MiB. */
  readonly cacheBytes?: number;
  /** Bound of the results in memory, in bytes. Default: 32 MiB. */
  readonly memoryCacheBytes?: number;
  /** A worker that has done nothing for so long is ended. Default: 10,000. */
  readonly idleMilliseconds?: number;
  /** A WebAssembly instance whose memory has grown beyond this is not used again. Default: 160. */
  readonly retireMiB?: number;
  /** Of each render that brings none. Default: 30 s and 512 MiB. */
  readonly limits?: RenderLimits;
  /** Where the renderer's files are found. Default: the environment's variables, the package, the set-up's build. */
  readonly environment?: NodeJS.ProcessEnv;
}

const bytesPerMiB = 1_048_576;
/** Of the bound of the results in memory, so much is kept parsed besides, which takes several times the memory. */
const standingShare = 0.25;
const defaultLimits: RenderLimits = { seconds: 30, memoryMiB: 512 };

/** What is to be rendered. */
interface Given {
  readonly request: RenderRequest;
  readonly seed: Uint8Array;
  readonly files: FileTree;
}

/** Makes a renderer. Nothing is started or read before the first render. */
export function createRenderer(options: RendererOptions): Renderer {
  const limits = options.limits ?? defaultLimits;
  const memoryBytes = options.memoryCacheBytes ?? 32 * bytesPerMiB;
  const memory = createMemoryCache(memoryBytes);
  const standing = createStandingRenders(memoryBytes * standingShare);
  const disk =
    options.cacheDirectory === undefined
      ? undefined
      : createDiskCache(options.cacheDirectory, options.cacheBytes ?? 256 * bytesPerMiB);
  const prediction = createPrediction();
  const counts = { renders: 0, memoryHits: 0, diskHits: 0 };
  let started: Promise<{ host: RenderHost; version: string }> | undefined;
  let running: RenderHost | undefined;

  function start(): Promise<{ host: RenderHost; version: string }> {
    started ??= findRenderer(options.host, options.environment).then(({ path, version }) => {
      running = createHost(options, path, limits);
      return { host: running, version };
    });
    // Not kept where it failed: the set-up may build what is missing.
    started.catch(() => (started = undefined));
    return started;
  }

  async function render(request: RenderRequest, files: FileTree, signal: AbortSignal): Promise<RenderResult> {
    signal.throwIfAborted();
    const { host, version } = await start();
    const seed = renderSeed(request);
    const key = optionsDigest(request, seed, version);
    const candidates = memory.get(key);
    const known = await stillTrue(candidates, request, files);
    if (known !== undefined) {
      counts.memoryHits += 1;
      return remember(key, request, known, files, true);
    }
    const secret = cacheKey(seed);
    const stored = await disk?.get(key, secret);
    const revived = stored && (await stillTrue([stored], request, files));
    if (revived !== undefined) {
      counts.diskHits += 1;
      return remember(key, request, revived, files, true);
    }
    const made = await renderAnew(host, key, { request, seed, files }, candidates[0] ?? stored, signal);
    disk?.put(key, secret, made.entry);
    return remember(key, request, made, files, false);
  }

  /** Puts a result first in memory, and gives it out. */
  async function remember(key: string, request: RenderRequest, known: Known, files: FileTree, cached: boolean) {
    const { entry, response } = known;
    memory.put(key, entry);
    const objects = standing.objectsOf(key, request, known);
    return resultOf(response, objects, entry.digest, await withLinks(response.record, files), cached);
  }

  async function renderAnew(
    host: RenderHost,
    key: string,
    given: Given,
    last: CacheEntry | undefined,
    signal: AbortSignal,
  ): Promise<Known> {
    counts.renders += 1;
    const { request, seed, files } = given;
    const run = async (tree: FileTree, likely: ReadRecord): Promise<Response | undefined> => {
      const foresee = () => prediction.foresee(request, likely, tree);
      const job = { request, seed, files: tree, foresee, limits: request.limits ?? limits };
      const outcome = await host.run(job, signal);
      return outcome.kind === 'response' && outcome.unreadable === undefined
        ? decodeResponse(outcome.frame)
        : undefined;
    };
    const joined = await standing.renderChanged(key, request, files, last, run);
    if (joined === undefined) return renderWhole(host, given, last, signal);
    prediction.learn(request, joined.response.record);
    return joined;
  }

  async function renderWhole(
    host: RenderHost,
    { request, seed, files }: Given,
    last: CacheEntry | undefined,
    signal: AbortSignal,
  ): Promise<Known> {
    const observed = observe(files);
    let told: readonly KnownPath[] = [];
    const foresee = async (): Promise<readonly KnownPath[]> =>
      (told = await prediction.foresee(request, last && decodeResponse(last.frame).record, files));
    const job = { request, seed, files: observed.tree, foresee, limits: request.limits ?? limits };
    const outcome = await host.run(job, signal);
    if (outcome.kind === 'failure') {
      throw new RenderError([outcome.problem], await withLinks(observed.record(told), files), []);
    }
    const response = decodeResponse(outcome.frame);
    const { problems, warnings } = response;
    prediction.learn(request, response.record);
    const record = await withLinks(response.record, files).catch(() => response.record);
    if (outcome.unreadable !== undefined) throw unreadableError(outcome.unreadable.reason, record);
    const [first, ...rest] = problems;
    if (first !== undefined) throw new RenderError([first, ...rest], record, warnings);
    const digest = createHash('sha256').update(response.objects).digest('hex');
    const now = response.usesNow ? request.now.getTime() : undefined;
    return { entry: { frame: outcome.frame, digest, now }, response };
  }

  return {
    render,
    async close() {
      await Promise.all([running?.close(), disk?.flush()]);
      started = undefined;
      running = undefined;
    },
    get stats() {
      const { questions = 0, workersStarted = 0, workers = 0 } = running?.stats ?? {};
      return { ...counts, questions, workersStarted, workers };
    },
  };
}

/** A tree that says itself what is wrong with it makes the render fail; anything else is passed on as it is. */
function unreadableError(reason: unknown, record: ReadRecord): unknown {
  return reason instanceof PlumbError ? new RenderError(reason.problems, record, []) : reason;
}

function createHost(options: RendererOptions, path: string, limits: RenderLimits): RenderHost {
  const workers = Math.max(1, options.workers ?? availableParallelism());
  const idleMilliseconds = options.idleMilliseconds ?? 10_000;
  return options.host === 'wasm'
    ? createWasmHost({ path, workers, idleMilliseconds, retireMiB: options.retireMiB ?? 160 })
    : createNativeHost({ path, parallel: workers, idleMilliseconds, memoryMiB: limits.memoryMiB });
}

/** The first of the entries that was made of what the tree holds now. */
async function stillTrue(
  entries: readonly CacheEntry[],
  request: RenderRequest,
  files: FileTree,
): Promise<Known | undefined> {
  for (const entry of entries) {
    if (entry.now !== undefined && entry.now !== request.now.getTime()) continue;
    const response = decodeResponse(entry.frame);
    if ((await compare(response.record, files, false)).same) return { entry, response };
  }
  return undefined;
}
