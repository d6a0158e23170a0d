import { randomUUID } from 'node:crypto';
import { plumbError } from '../errors.ts';
import { rehearse } from './ensure.ts';
import { arrive, type Decided, nameOf, put, tell, type TurnParts } from './resource-writes.ts';
import type { CustomResource, GitSyncStatus, SyncResult, WrittenObject } from './types.ts';
import type { Wish } from './wishes.ts';

/** Writes what a worker wants to Git. What is decided is written down before anything is pushed. */
export async function commit(parts: TurnParts, decided: Decided, wishes: readonly Wish[]): Promise<void> {
  const { git, operator, signal } = parts;
  const { id, from, result } = decided;
  if (git === undefined || wishes.length === 0) return arrive(parts, decided, undefined);
  const operation = randomUUID();
  const action = result.outputs?.action ?? from;
  const subject = { action, message: result.outputs?.message ?? '', author: git.author.name, email: git.author.email };
  let { resource } = decided;
  let pending: GitSyncStatus | undefined;
  await rehearse(parts.client, wishes, operator.name, signal);
  const written = await git.writer.write(
    {
      operation,
      subject,
      wishes,
      async beforeCommit(objects) {
        pending = pendingFor(decided, operation, objects);
        const finding = {
          state: 'moving',
          reason: 'Pending',
          message: 'the objects are being written to Git',
        } as const;
        resource = await put(parts, resource, { phase: from, gitSync: pending, finding });
      },
    },
    signal,
  );
  if (pending === undefined || written.commit === undefined) {
    // Git says so already; the cluster may not have it yet.
    const objects = wishes.map((wish): WrittenObject => ({
      ...wish.key,
      apiVersion: wish.type === 'removed' ? wish.apiVersion : wish.object.apiVersion,
    }));
    await goOn(parts, id, { ...decided, resource }, pendingFor(decided, operation, objects), pending !== undefined);
    return;
  }
  tell(parts, resource, 'Committed', `${action}: ${written.pullRequest?.link ?? written.commit}`);
  await committed(parts, resource, { ...pending, ...written, commit: written.commit });
}

function pendingFor(
  { resource, result }: Decided,
  operation: string,
  objects: readonly WrittenObject[],
): GitSyncStatus {
  return {
    operation,
    state: 'Pending',
    generation: resource.metadata.generation,
    nextPhase: result.nextPhase,
    ...(result.status === undefined ? {} : { status: withNulls(result.status) }),
    ...(result.after === undefined ? {} : { after: result.after }),
    objects,
  };
}

/** What takes a field away has to survive being stored. */
function withNulls(status: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(status).map(([name, value]: [string, unknown]) => [name, value ?? null]));
}

async function committed(parts: TurnParts, resource: CustomResource, gitSync: GitSyncStatus): Promise<void> {
  const isOpen = gitSync.pullRequest !== undefined;
  const state = isOpen ? 'PullRequestOpen' : 'Committed';
  const message = isOpen
    ? `waits for the merge of ${gitSync.pullRequest?.link}`
    : 'waits until the cluster has the objects';
  await put(parts, resource, { gitSync: { ...gitSync, state }, finding: { state: 'moving', reason: state, message } });
}

/**
 * A write that is not in the cluster yet.
 * @returns true where there is none any more, and the phase is to be asked
 */
export async function follow(
  parts: TurnParts,
  id: string,
  resource: CustomResource,
  gitSync: GitSyncStatus,
): Promise<boolean> {
  const { git, signal } = parts;
  if (git === undefined) return true;
  if (gitSync.state === 'Pending') {
    // The operator ended between its decision and knowing what came of it.
    const found = await git.writer.find(gitSync.operation, signal);
    if (found?.commit !== undefined) {
      await committed(parts, resource, { ...gitSync, ...found, commit: found.commit });
      return false;
    }
    await put(parts, resource, {
      gitSync: undefined,
      finding: { state: 'moving', reason: 'Pending', message: 'begins anew' },
    });
    return false;
  }
  if (gitSync.state === 'PullRequestOpen') return proposed(parts, id, resource, gitSync);
  if (await git.waiting.isSynced(id, gitSync, signal)) {
    const { nextPhase = '', status, after } = gitSync;
    const result: SyncResult = {
      nextPhase,
      ...(status === undefined ? {} : { status }),
      ...(after === undefined ? {} : { after }),
    };
    await arrive(parts, { id, resource, from: '', result }, gitSync);
  }
  return false;
}

/**
 * A pull request: its forge is asked when something has happened to the objects that it is about, as after its merge, or
 * to the resource.
 * @returns true where it was closed, and the resource has changed since: the operator decides anew
 */
async function proposed(
  parts: TurnParts,
  id: string,
  resource: CustomResource,
  gitSync: GitSyncStatus,
): Promise<boolean> {
  const { pullRequest } = gitSync;
  const { generation, annotations } = resource.metadata;
  if (pullRequest === undefined || parts.git === undefined) return false;
  const { waiting, writer } = parts.git;
  if (!(await waiting.hasNews(id, gitSync, JSON.stringify([generation, annotations])))) return false;
  const state = await writer.pullRequest(pullRequest.number, parts.signal).catch((error: unknown) => {
    // It was not told: the next turn asks again.
    waiting.forget(id);
    throw error;
  });
  if (state === 'merged') {
    const { pullRequest: _merged, ...rest } = gitSync;
    await committed(parts, resource, rest);
  }
  if (state !== 'closed') return false;
  if (gitSync.generation !== generation) return true;
  throw plumbError('operator.pull-request-closed', `${pullRequest.link} was closed and not merged`, {
    where: { object: nameOf(resource) },
  });
}

/** Goes on where the cluster has all of it, else waits. */
async function goOn(
  parts: TurnParts,
  id: string,
  decided: Decided,
  gitSync: GitSyncStatus,
  isTold: boolean,
): Promise<void> {
  const { git, signal } = parts;
  if (git === undefined || (await git.waiting.isSynced(id, gitSync, signal))) {
    await arrive(parts, decided, isTold ? gitSync : undefined);
    return;
  }
  await put(parts, decided.resource, {
    phase: decided.from,
    gitSync: { ...gitSync, state: 'Committed' },
    finding: { state: 'moving', reason: 'Committed', message: 'waits until the cluster has the objects' },
  });
}
