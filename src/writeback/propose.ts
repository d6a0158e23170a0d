import { setTimeout as delay } from 'node:timers/promises';
import { PlumbError, plumbError } from '../errors.ts';
import type { Forge, PullRequest } from '../forge/index.ts';
import type { CommitId, Mirror, SigningKey } from '../git/index.ts';
import type { Edit, Edited, Onto, Written } from './edit.ts';
import type { KnownOperations } from './known-operations.ts';
import { operationKey } from './operation-trailer.ts';
import { contended, fetchTip } from './read-tip.ts';
import { buildStack } from './stack.ts';
import { parseSubject } from './subject.ts';

/** Proposes edits: each on a branch of its own, with a pull request. */
export interface Proposer {
  propose(edit: Edit, operation: string, own: AbortSignal, onto?: Onto): Promise<Written>;
  /**
   * What was proposed for an operation, and is still there. Where it was ended between its push and its pull request,
   * that is opened now.
   * @param on the operation on whose branch it is, where that is another one
   */
  find(operation: string, signal: AbortSignal, on?: string): Promise<Written | undefined>;
}

/** What edits are proposed with. */
export interface ProposerOptions {
  readonly mirror: Mirror;
  /** The branch that changes are proposed to. */
  readonly branch: string;
  readonly forge: Forge;
  readonly signingKey?: SigningKey;
  readonly signal: AbortSignal;
  readonly random?: () => number;
  readonly operations: KnownOperations;
}

const mostAttempts = 5;
const pauseMilliseconds = 300;

/** The branch that an operation is proposed on. */
export function proposalBranch(operation: string): string {
  return `plumbline/${operation}`;
}

/** Opens the proposer of a branch. */
export function createProposer(options: ProposerOptions): Proposer {
  const { mirror, branch, forge, signal, random = Math.random, operations } = options;

  /** The commit that a branch of ours is at; undefined where there is none. */
  const headOf = async (head: string, both: AbortSignal): Promise<CommitId | undefined> => {
    if (!(await mirror.branches({ signal: both, prefix: head })).has(head)) return undefined;
    return fetchTip(mirror, head, both);
  };

  const requestOf = async (head: string, both: AbortSignal): Promise<PullRequest | undefined> => {
    const found = await forge.pullRequests({ state: 'all', base: branch, head }, { signal: both });
    return found.find(({ state }) => state === 'open') ?? found.find(({ state }) => state === 'merged') ?? found[0];
  };

  const attempt = async (
    edit: Edit,
    operation: string,
    own: AbortSignal,
    onto: Onto | undefined,
  ): Promise<Written | undefined> => {
    const both = AbortSignal.any([signal, own]);
    const base = await fetchTip(mirror, branch, both);
    await operations.follow(mirror, base, both);
    const merged = await operations.find(mirror, operation, base);
    if (merged !== undefined) return { commit: merged, changed: true };
    const added = onto === undefined ? undefined : await openOn(onto, both);
    const name = added?.name ?? proposalBranch(operation);
    const head = added?.head ?? (await headOf(name, both));
    // Asked also where there is none: a forge that is away is told before anything is pushed.
    const request = added?.request ?? (await requestOf(name, both));
    if (request?.state === 'closed') throw closed(request, options);
    if (request?.state === 'merged' && head !== undefined) return proposed(head, request);
    let wished: Edited | undefined;
    const item = {
      operation,
      signal: both,
      ...(options.signingKey === undefined ? {} : { signingKey: options.signingKey }),
      // The edit is made upon what was proposed before: the branch goes on from there, and nothing is forced.
      edit: async (...[tip, each]: Parameters<Edit>) =>
        (wished = await edit(head === undefined ? tip : { ...tip, isProposed: true }, each)),
    };
    const { ends } = await buildStack(options, head ?? base, [item]);
    const end = ends[0]?.end;
    if (end === undefined || end.kind === 'left') return both.throwIfAborted() as undefined;
    if (end.kind === 'refused') throw end.error;
    if (end.kind === 'nothing' && head === undefined) return { commit: end.commit, changed: false };
    if (end.kind === 'commit') {
      const { state } = await mirror.push({ branch: name, expected: head, commit: end.commit }, { signal });
      if (state === 'moved') return undefined;
    }
    const words = wordsOf(wished, operation);
    if (added !== undefined && end.kind === 'commit') await tellMore(added.request, words, both);
    return proposed(end.commit, request ?? (await openPushed(name, words, both)));
  };

  /** The branch and the pull request that a change is added to: an open one, with nothing of anybody else's. */
  const openOn = async ({ operation, commit }: Onto, both: AbortSignal) => {
    const name = proposalBranch(operation);
    const head = await headOf(name, both);
    if (head === undefined || head !== commit) return undefined;
    const request = await requestOf(name, both);
    return request?.state === 'open' ? { name, head, request } : undefined;
  };

  /** The change is in the pull request, whatever its description says: that it cannot be changed is no failure. */
  const tellMore = async ({ number, body }: PullRequest, words: Words, both: AbortSignal): Promise<void> => {
    if (body.includes(words.body.trim())) return;
    const more = `${body.trimEnd()}\n\n${words.body}`;
    await forge.updatePullRequest(number, { title: words.title, body: more }, { signal: both }).catch(() => {
      both.throwIfAborted();
    });
  };

  /** What was pushed is there: where the forge is away only now, its pull request is opened later. */
  const openPushed = async (name: string, words: Words, both: AbortSignal): Promise<PullRequest> => {
    try {
      return await open(name, words, both);
    } catch (error) {
      both.throwIfAborted();
      if (!(error instanceof PlumbError)) throw error;
      const [first, ...rest] = error.problems;
      const message = `the change is on the branch ${name}, and no pull request was opened: ${first.message}`;
      const code = error.transient ? 'writeback.not-proposed' : first.code;
      throw new PlumbError([{ ...first, code, message }, ...rest], { cause: error });
    }
  };

  const open = async (head: string, words: Words, both: AbortSignal): Promise<PullRequest> => {
    try {
      return await forge.openPullRequest({ ...words, head, base: branch }, { signal: both });
    } catch (error) {
      // Another process has opened it, or an answer was lost.
      const there = await requestOf(head, both).catch(() => undefined);
      if (there?.state === 'open') return there;
      throw error;
    }
  };

  return {
    async propose(edit, operation, own, onto) {
      for (let count = 1; count <= mostAttempts; count += 1) {
        const written = await attempt(edit, operation, own, onto);
        if (written !== undefined) return written;
        await delay(random() * pauseMilliseconds * count, undefined, { signal: AbortSignal.any([signal, own]) });
      }
      throw contended(proposalBranch(operation), mostAttempts);
    },
    async find(operation, both, on = operation) {
      const name = proposalBranch(on);
      const head = await headOf(name, both);
      if (head === undefined) return undefined;
      const found = await mirror.trailers({ key: operationKey, tip: head, limit: 100 }, { signal: both });
      const commit = found.get(operation);
      if (commit === undefined) return undefined;
      const { message } = await mirror.past.commit(commit);
      return proposed(
        commit,
        (await requestOf(name, both)) ?? (await open(name, wordsOf({ message }, operation), both)),
      );
    },
  };
}

function proposed(commit: CommitId, { number, link }: PullRequest): Written {
  return { commit, changed: true, pullRequest: { number, link } };
}

function closed({ number, link }: PullRequest, { mirror }: ProposerOptions): Error {
  return plumbError('writeback.pull-request-closed', `pull request ${number} was closed unmerged: ${link}`, {
    where: { repository: mirror.url },
  });
}

/** What people read of a pull request. */
type Words = NonNullable<Edited['pullRequest']>;

const longestTitle = 200;

/** What people are told: what was done and by whom, in the place of the line of JSON. */
function wordsOf(edited: Pick<Edited, 'message' | 'pullRequest'> | undefined, operation: string): Words {
  if (edited?.pullRequest !== undefined) return edited.pullRequest;
  const message = edited?.message ?? '';
  const subject = parseSubject(message);
  const [first = ''] = message.split('\n', 1);
  const title =
    subject === undefined ? first : [subject.action, subject.message].filter((part) => part !== '').join(': ');
  const who =
    subject === undefined
      ? ''
      : `Asked for by ${subject.author}${subject.email === '' ? '' : ` <${subject.email}>`}.\n\n`;
  return { title: oneLine(title) || 'Change', body: `${who}${operationKey}: ${operation}\n` };
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > longestTitle ? `${line.slice(0, longestTitle - 1)}…` : line;
}
