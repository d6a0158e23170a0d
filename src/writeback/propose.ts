import { setTimeout as delay } from 'node:timers/promises';
import { plumbError } from '../errors.ts';
import type { Forge, PullRequest } from '../forge/index.ts';
import type { CommitId, Mirror, SigningKey } from '../git/index.ts';
import type { Edit, Edited, Written } from './edit.ts';
import type { KnownOperations } from './known-operations.ts';
import { operationKey } from './operation-trailer.ts';
import { contended, fetchTip } from './read-tip.ts';
import { buildStack } from './stack.ts';
import { parseSubject } from './subject.ts';

/** Proposes edits: each on a branch of its own, with a pull request. */
export interface Proposer {
  propose(edit: Edit, operation: string, own: AbortSignal): Promise<Written>;
  /** What was proposed for an operation, and is still there. */
  find(operation: string, signal: AbortSignal): Promise<Written | undefined>;
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

  const attempt = async (edit: Edit, operation: string, own: AbortSignal): Promise<Written | undefined> => {
    const both = AbortSignal.any([signal, own]);
    const base = await fetchTip(mirror, branch, both);
    await operations.follow(mirror, base, both);
    const merged = await operations.find(mirror, operation, base);
    if (merged !== undefined) return { commit: merged, changed: true };
    const name = proposalBranch(operation);
    const head = await headOf(name, both);
    const request = head === undefined ? undefined : await requestOf(name, both);
    if (request?.state === 'closed') throw closed(request, options);
    if (request?.state === 'merged' && head !== undefined) return proposed(head, request);
    let wished: Edited | undefined;
    const item = {
      operation,
      signal: both,
      ...(options.signingKey === undefined ? {} : { signingKey: options.signingKey }),
      // The edit is made upon what was proposed before: the branch goes on from there, and nothing is forced.
      edit: async (...[tip, each]: Parameters<Edit>) => (wished = await edit(tip, each)),
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
    const opened = request ?? (await open(name, words, both));
    return proposed(end.commit, opened);
  };

  const open = async (
    head: string,
    words: { readonly title: string; readonly body: string },
    both: AbortSignal,
  ): Promise<PullRequest> => {
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
    async propose(edit, operation, own) {
      for (let count = 1; count <= mostAttempts; count += 1) {
        const written = await attempt(edit, operation, own);
        if (written !== undefined) return written;
        await delay(random() * pauseMilliseconds * count, undefined, { signal: AbortSignal.any([signal, own]) });
      }
      throw contended(proposalBranch(operation), mostAttempts);
    },
    async find(operation, both) {
      const name = proposalBranch(operation);
      const head = await headOf(name, both);
      if (head === undefined) return undefined;
      const found = await mirror.trailers({ key: operationKey, tip: head, limit: 100 }, { signal: both });
      const commit = found.get(operation);
      const request = commit === undefined ? undefined : await requestOf(name, both);
      // A branch without a request: it was ended between the two, and whoever writes it again opens one.
      return commit === undefined || request === undefined ? undefined : proposed(commit, request);
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

const longestTitle = 200;

/** What people are told: what was done and by whom, in the place of the line of JSON. */
function wordsOf(edited: Edited | undefined, operation: string): { readonly title: string; readonly body: string } {
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
