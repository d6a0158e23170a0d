import { plumbError } from '../errors.ts';
import { openGeneration, readFrom, type Core, type Generation } from './core.ts';
import { detached, headRef, rememberedBranch } from './default-branch.ts';
import { asCommitId, type CommitId, type TreeId } from './ids.ts';
import type { Signature } from './commit.ts';
import type { Objects } from './objects.ts';
import { recover } from './read-objects.ts';
import { localRefs } from './refs.ts';
import { chooseVersion, targetKey, type Target } from './selector.ts';
import { tipsOf } from './tips.ts';

/** The commit that a selector stands for at this moment. */
export interface Resolved {
  readonly commit: CommitId;
  readonly tree: TreeId;
  /** What led to it: `refs/heads/main`, `refs/tags/v1`, `HEAD` where it names no branch, or the id of the commit. */
  readonly ref: string;
  readonly committedAt: Date;
  readonly author: Signature;
  /** The first paragraph of the message, as one line. */
  readonly subject: string;
}

/**
 * What a target stands for in the mirror, without asking the server; undefined where it is not there.
 * @throws PlumbError `git.not-a-commit`, `git.damaged`
 */
export async function resolveTarget(core: Core, objects: Objects, target: Target): Promise<Resolved | undefined> {
  const generation = await openGeneration(core);
  if (generation === undefined) return undefined;
  const name = await nameOf(core, generation, target);
  if (name === undefined) return undefined;
  const commit = await commitAt(core, generation, name.expression);
  if (commit === undefined) return undefined;
  const { tree, committer, author, subject } = await objects.commit(commit);
  return { commit, tree, ref: name.ref, committedAt: committer.at, author, subject };
}

/** Of those who ask for ever others, not everyone is remembered. */
const mostRemembered = 500;

/** As `resolveTarget`, without a look where nothing was written since the last one. */
export async function resolveRemembered(core: Core, objects: Objects, target: Target): Promise<Resolved | undefined> {
  const generation = await openGeneration(core);
  if (generation === undefined) return undefined;
  // Taken before the look: what is written meanwhile makes others of it.
  const { resolved } = tipsOf(core, generation);
  const key = targetKey(target);
  const known = resolved.get(key);
  if (known !== undefined) return known;
  const found = await resolveTarget(core, objects, target);
  if (found !== undefined && resolved.size < mostRemembered) resolved.set(key, found);
  return found;
}

interface Name {
  /** As it is told. */
  readonly ref: string;
  /** As Git is asked for it. */
  readonly expression: string;
}

async function nameOf(core: Core, { directory }: Generation, target: Target): Promise<Name | undefined> {
  switch (target.kind) {
    case 'ref':
      return { ref: target.ref, expression: target.ref };
    case 'commit':
      return { ref: target.commit, expression: target.commit };
    case 'default': {
      const branch = await rememberedBranch(directory);
      if (branch === undefined) return undefined;
      return { ref: branch, expression: branch === detached ? headRef : branch };
    }
    case 'semver': {
      const prefix = 'refs/tags/';
      const tags = await localRefs(directory, prefix, core.closed.signal);
      const tag = chooseVersion(
        tags.map(({ ref }) => ref.slice(prefix.length)),
        target.range,
      );
      return tag === undefined ? undefined : { ref: prefix + tag, expression: prefix + tag };
    }
  }
}

/** An answer to a name is a few hundred bytes; what is larger is looked up by its id. */
const commitLimit = 1024 * 1024;

async function commitAt(core: Core, generation: Generation, expression: string): Promise<CommitId | undefined> {
  const answer = await readFrom(core, generation, `${expression}^{commit}`, commitLimit);
  if (answer.kind === 'object') return asCommitId(answer.id);
  if (answer.kind === 'too-large')
    throw plumbError('git.too-large', `the commit ${answer.id} has ${answer.size} bytes`);
  const here = await whatIsAt(core, generation, expression);
  if (here === 'nothing') return undefined;
  const where = { repository: core.remote.url.text };
  if (here === 'other') throw plumbError('git.not-a-commit', `${expression} does not name a commit`, { where });
  await recover(core, generation, `${expression} leads to a commit that cannot be read`);
  const next = (await openGeneration(core)) ?? generation;
  const second = await readFrom(core, next, `${expression}^{commit}`, commitLimit);
  return second.kind === 'object' ? asCommitId(second.id) : undefined;
}

/** Why a name leads to no commit: there is none, it leads to something else, or what it leads to is broken. */
async function whatIsAt(
  core: Core,
  generation: Generation,
  expression: string,
): Promise<'nothing' | 'other' | 'broken'> {
  const answer = await readFrom(core, generation, expression, commitLimit);
  if (answer.kind === 'too-large') return 'other';
  if (answer.kind === 'object' && answer.type === 'tag') {
    // What a tag is of stands in its second line.
    return /^object \S+\ntype (?:tree|blob)$/m.test(answer.bytes.toString('latin1')) ? 'other' : 'broken';
  }
  if (answer.kind === 'object' && answer.type !== 'commit') return 'other';
  if (asCommitId(expression) !== undefined) return 'nothing';
  const refs = await localRefs(generation.directory, expression, core.closed.signal).catch(() => undefined);
  return refs === undefined || refs.some(({ ref }) => ref === expression) ? 'broken' : 'nothing';
}
