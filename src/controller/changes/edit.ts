import type { FileChange } from '../../git/index.ts';
import type { ListSchemaReader } from '../../kube/index.ts';
import type { ObjectKey } from '../../object.ts';
import {
  type Edit,
  formatMessage,
  hasToBeJoined,
  type ListRules,
  namespaceFolder,
  namespaceObjects,
  replayed,
  type CommitSubject,
} from '../../writeback/index.ts';
import { PlumbError, type Problem, problemsOf, throwProblems } from '../../errors.ts';
import type { KubeObject } from '../../object.ts';
import type { GitOpsRepository } from '../gitops/repositories.ts';
import { isDeepStrictEqual } from 'node:util';
import type { GitWish } from './git-wishes.ts';
import { rulesFor } from './list-rules.ts';
import type { Rehearsal } from './rehearse.ts';
import type { ChangedObject } from './types.ts';
import { overlaidFiles } from '../../writeback/index.ts';

/** What an edit is made of. */
export interface EditParts {
  readonly repository: GitOpsRepository;
  readonly wishes: readonly GitWish[];
  readonly subject: CommitSubject;
  /** Tries what came of joining two changes, which nobody has tried yet. */
  readonly rehearse: (changes: readonly Rehearsal[], signal: AbortSignal) => Promise<void>;
  /** What tells the items of lists apart; asked only where two changes are joined. */
  readonly lists: ListSchemaReader;
  /** Told what the edit came to, each time that it is made. */
  readonly onMade: (objects: readonly ChangedObject[]) => void;
  readonly now: () => Date;
}

/** The file that keeps the folder of a namespace in Git after its last object went: without it, nothing would be pruned. */
const keepFile = '.gitkeep';

/** The wishes as a change of whatever the tip is. */
export function editFor(parts: EditParts): Edit {
  const { repository, wishes, subject } = parts;
  return async (tip, signal) => {
    const changes = new Map<string, FileChange>();
    const made: ChangedObject[] = [];
    const merged: Rehearsal[] = [];
    const problems: Problem[] = [];
    for (const wish of wishes) {
      try {
        const done = await makeWish(
          wish,
          namespaceObjects(overlaidFiles(tip.files, changes), repository.layout, repository.folders),
          async (object) => rulesFor(object, parts.lists, signal),
        );
        if (done.change !== undefined) changes.set(done.change.path, done.change);
        made.push(done.made);
        if (done.isMerged) merged.push({ key: wish.key, object: done.made.object });
      } catch (error) {
        if (!(error instanceof PlumbError)) throw error;
        problems.push(...problemsOf(error));
      }
    }
    throwProblems(problems);
    if (merged.length > 0) await parts.rehearse(merged, signal);
    parts.onMade(made);
    if (changes.size === 0) return undefined;
    const after = namespaceObjects(overlaidFiles(tip.files, changes), repository.layout, repository.folders);
    if ((await after.count()) === 0) {
      const path = `${namespaceFolder(repository.layout)}/${keepFile}`;
      changes.set(path, { path, content: new Uint8Array() });
    }
    return {
      changes: [...changes.values()],
      message: formatMessage(subject),
      author: { ...repository.committer, at: parts.now() },
    };
  };
}

interface Done {
  readonly change: FileChange | undefined;
  readonly made: ChangedObject;
  /** Whether it is something else than what was wished, and so was not tried yet. */
  readonly isMerged: boolean;
}

async function makeWish(
  wish: GitWish,
  objects: ReturnType<typeof namespaceObjects>,
  rulesOf: (object: KubeObject) => Promise<ListRules | undefined>,
): Promise<Done> {
  const { key } = wish;
  const theirs = (await objects.find(key))?.object;
  const rules = theirs !== undefined && hasToBeJoined(wish, theirs) ? await rulesOf(theirs) : undefined;
  const outcome = replayed(wish, theirs, rules);
  switch (outcome.kind) {
    case 'nothing':
      return { change: undefined, made: { key, change: 'unchanged', object: theirs }, isMerged: false };
    case 'remove':
      return {
        change: await objects.remove(key),
        made: { key, change: 'deleted', object: undefined },
        isMerged: false,
      };
    case 'put':
      return {
        change: await objects.put(outcome.object, key, wish.belongsTo),
        made: madeOf(key, theirs, outcome.object),
        isMerged: !isDeepStrictEqual(outcome.object, wish.ours),
      };
  }
}

function madeOf(key: ObjectKey, theirs: KubeObject | undefined, object: KubeObject): ChangedObject {
  return { key, change: theirs === undefined ? 'created' : 'changed', object };
}
