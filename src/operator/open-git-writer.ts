import { setTimeout as pause } from 'node:timers/promises';
import { createEgress } from '../egress.ts';
import { createForgeConnections, type Forge, openForge } from '../forge/index.ts';
import { type Mirror, openMirror } from '../git/index.ts';
import { createListSchemas, type KubeClient } from '../kube/index.ts';
import type { Sensitive } from '../sensitive.ts';
import {
  type BranchWriter,
  createBranchWriter,
  createFolderCache,
  formatMessage,
  parsePrefix,
  type Written,
} from '../writeback/index.ts';
import { type Access, readAccess } from './access.ts';
import type { EnabledGitSync } from './config.ts';
import { editsFor, type GitLayout, namesOf, readObject, rulesFrom } from './edit.ts';
import type { GitWriter, GitWritten } from './git-writer.ts';

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> => pause(milliseconds, undefined, { signal });

/** What GitSync writes with. */
export interface GitWriterOptions {
  readonly client: KubeClient;
  /** Where the Secrets are. */
  readonly namespace: string;
  /** Folder for the copy of the repository. */
  readonly directory: string;
  readonly gitSync: EnabledGitSync;
  /** Name of the operator. */
  readonly operator: string;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * Opens the branch that an operator writes to. The token is read anew before each write, as it may have been renewed.
 * @throws PlumbError `operator.secret-missing`, `git.url-*`, `writeback.path-invalid`
 */
export async function openGitWriter(options: GitWriterOptions): Promise<GitWriter> {
  const { gitSync, operator, signal, random } = options;
  const { url, branch, format, layout: folders } = gitSync;
  const layout: GitLayout = {
    prefix: parsePrefix(gitSync.path),
    layout: folders,
    format,
    folders: createFolderCache(),
  };
  const lists = createListSchemas(options.client);
  const egress = createEgress();
  const connections = createForgeConnections({ egress, random, clock: { now: Date.now, wait } });
  const access = await readAccess(options);
  const mirror = await openMirror({
    url,
    directory: options.directory,
    identity: `${options.namespace}/${gitSync.credentials?.secret ?? ''}`,
    egress,
    signal,
    ...access.connection,
  });
  const forge = (token: Sensitive | undefined): Forge =>
    openForge({
      repositoryUrl: url,
      connections,
      ...(gitSync.forge === undefined ? {} : { kind: gitSync.forge }),
      ...(token === undefined ? {} : { credentials: { kind: 'token', token } }),
    });
  const open = ({ token, signingKey }: Access): BranchWriter =>
    createBranchWriter({
      mirror,
      branch,
      how: gitSync.mode === 'pullRequest' ? { mode: 'pullRequest', forge: forge(token) } : { mode: 'commit' },
      ...(signingKey === undefined ? {} : { signingKey }),
      signal,
      random,
    });
  let current = { access, writer: open(access) };

  /** The writer, with the token of now. */
  const writerNow = async (): Promise<BranchWriter> => {
    const newest = await readAccess(options);
    if (newest.version === current.access.version) return current.writer;
    mirror.reconnect(newest.connection);
    current = { access: newest, writer: open(newest) };
    return current.writer;
  };

  return {
    async write(write, own) {
      const writer = await writerNow();
      let isTold = false;
      const written = await writer.write(
        async ({ files }) => {
          const { changes, objects } = await editsFor(files, layout, write.wishes, rulesFrom(lists, own));
          if (changes.length === 0) return undefined;
          if (!isTold) {
            await write.beforeCommit(objects);
            isTold = true;
          }
          const { author: name, email } = write.subject;
          return {
            changes,
            message: formatMessage(write.subject, write.operation),
            author: { name, email, at: new Date() },
            pullRequest: { title: titleOf(operator, write.subject), body: bodyOf(operator, namesOf(objects)) },
          };
        },
        { signal: own, operation: write.operation },
      );
      return told(written);
    },
    async find(operation, own) {
      const written = await (await writerNow()).findOperation(operation, { signal: own });
      return written === undefined ? undefined : told(written);
    },
    async read(objects, own) {
      await writerNow();
      const files = await filesAtTip(mirror, branch, own);
      return Promise.all(objects.map((object) => readObject(files, layout, object)));
    },
    async pullRequest(number, own) {
      await writerNow();
      return (await forge(current.access.token).pullRequest(number, { signal: own })).state;
    },
    async close() {
      await Promise.all([mirror.close(), connections.close()]);
    },
  };
}

async function filesAtTip(mirror: Mirror, branch: string, signal: AbortSignal) {
  const { resolved } = await mirror.fetch({ branch }, { signal });
  return mirror.tree(resolved.commit);
}

function told({ commit, changed, pullRequest }: Written): GitWritten {
  return {
    commit: changed ? commit : undefined,
    ...(pullRequest === undefined ? {} : { pullRequest }),
  };
}

function titleOf(operator: string, { action, message }: { readonly action: string; readonly message: string }): string {
  return message === '' ? `${operator}: ${action}` : `${operator}: ${action}: ${message}`;
}

function bodyOf(operator: string, objects: readonly string[]): string {
  return [
    `\`${operator}\` waits until this is merged. It changes`,
    '',
    ...objects.map((object) => `- \`${object}\``),
  ].join('\n');
}
