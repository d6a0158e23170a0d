import {
  fetchTip,
  namespaceFolder,
  namespaceObjects,
  refuseRendered,
  tipAt,
  type Written,
} from '../../writeback/index.ts';
import type { GitOpsRepository } from '../gitops/repositories.ts';
import type { CheckedChange } from './check.ts';
import { editFor } from './edit.ts';
import { finishing } from './finish.ts';
import { gitWishes } from './git-wishes.ts';
import { operationSpec } from './operation-spec.ts';
import { rehearseAsUser, type Rehearsal } from './rehearse.ts';
import { subjectOf } from './subject.ts';
import type { SubmitContext } from './submit.ts';
import type { ChangedObject, ChangeRequest, ChangeResult } from './types.ts';

/**
 * Makes a change in the repository of its namespace: tried as the user, then written as one commit, or proposed as one
 * pull request.
 */
export async function submitToGit(
  request: ChangeRequest,
  checked: readonly CheckedChange[],
  repository: GitOpsRepository,
  context: SubmitContext,
  signal: AbortSignal,
): Promise<ChangeResult> {
  const warnings = new Set<string>();
  const asUser = context.client.as(request.user);
  const rehearse = (changes: readonly Rehearsal[], call: AbortSignal): Promise<void> =>
    rehearseAsUser(changes, { asUser, client: context.client, onWarning: (text) => warnings.add(text), signal: call });

  const { mirror, settings } = repository;
  const tip = await tipAt(mirror, await fetchTip(mirror, settings.branch, signal));
  await refuseRendered(tip.files, namespaceFolder(repository.layout));
  const objects = namespaceObjects(tip.files, repository.layout, repository.folders);
  const wishes = await gitWishes(checked, objects, repository, context.seal, signal);
  await rehearse(
    wishes.map(({ key, ours }) => ({ key, object: ours })),
    signal,
  );
  const effects = wishes.map(({ base, ours }) => ({ isNew: base === undefined, isGone: ours === undefined }));
  const subject = subjectOf(request, effects);
  let made: readonly ChangedObject[] = [];
  const edit = editFor({
    repository,
    wishes,
    subject,
    rehearse,
    lists: context.lists,
    onMade: (found) => (made = found),
    now: () => new Date(context.now()),
  });
  if (request.dryRun === true) {
    await edit(tip, signal);
    return { operation: undefined, state: 'Tried', objects: made, warnings: [...warnings] };
  }
  const { mode, url, branch } = settings;
  const spec = operationSpec(request, checked, { action: subject.action, mode, repository: url, branch });
  return finishing(request, spec, context, signal, async (operation) => {
    const written = await repository.writer.write(edit, { operation, signal: context.signal });
    context.fetchNow(request.namespace);
    return { ...endOf(written), objects: made, warnings: [...warnings] };
  });
}

/** What an edit that was written means for its Operation. */
export function endOf({ commit, changed, pullRequest }: Written): Pick<ChangeResult, 'commit' | 'pullRequest'> & {
  readonly state: 'PullRequestOpen' | 'Committed' | 'Unchanged';
} {
  if (pullRequest !== undefined) return { state: 'PullRequestOpen', commit, pullRequest };
  return { state: changed ? 'Committed' : 'Unchanged', commit };
}
