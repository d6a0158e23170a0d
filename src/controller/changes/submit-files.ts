import type { Application, Operation, Repository } from '../../api/index.ts';
import { asCommitId, type Mirror } from '../../git/index.ts';
import type { Edit, Onto } from '../../writeback/index.ts';
import type { Branches, WriteMode } from '../repository/branches.ts';
import type { OpenBranch } from '../repository/open-branch.ts';
import { type FinishContext, finishing } from './finish.ts';
import { endOf } from './submit-git.ts';
import type { Asked, ChangeResult, SubmitOptions } from './types.ts';
import { type SyncNews, usualWaitMilliseconds, waitSynced } from './wait-synced.ts';

/** What files of Applications are changed with. */
export interface FilesContext extends FinishContext {
  readonly branches: Branches;
  readonly news: SyncNews;
  /** Has a Repository (`namespace/name`) fetched now. */
  readonly fetchRepository: (id: string) => void;
}

/** A change of files that an Application reads, of a Repository in its namespace. */
export interface FilesChange {
  readonly application: Pick<Application, 'metadata'>;
  readonly repository: Repository;
  readonly branch: string;
  /** See `writeBackModeOf`. */
  readonly mode: WriteMode;
  readonly asked: Omit<Asked, 'namespace' | 'dryRun'>;
  /** An earlier change that was proposed, to which this one is added while that is open. */
  readonly onto?: Onto;
  /** What is kept of it, whatever becomes of it; never what files hold. */
  readonly spec: Pick<Operation['spec'], 'action' | 'message' | 'changes' | 'digest'>;
  /** The change as a function of the tip. What speaks against it is best told before: here it makes an Operation that failed. */
  readonly edit: (opened: OpenBranch) => Edit;
}

/**
 * Changes files of an Application: as one commit or one pull request, with an Operation that tells the outcome, also after
 * a restart. Whether the user may, and whether the cluster would take it, is for the caller to see to before.
 * @throws PlumbError what the edit refuses with; `git.*`, `forge.*`, `writeback.*`
 */
export async function submitFiles(
  change: FilesChange,
  context: FilesContext,
  options: SubmitOptions,
): Promise<ChangeResult> {
  const { application, repository, branch, mode, asked, spec, onto } = change;
  const { namespace } = application.metadata;
  const whole: Operation['spec'] = {
    user: {
      username: asked.user.username,
      ...(asked.user.email === undefined ? {} : { email: asked.user.email }),
    },
    ...spec,
    mode,
    application: application.metadata.name,
    repository: repository.spec.url,
    repositoryRef: repository.metadata.name,
    branch,
    ...(onto === undefined ? {} : { proposedWith: onto.operation }),
  };
  return context.branches.use(
    repository,
    branch,
    mode,
    async (opened) => {
      const result = await finishing({ ...asked, namespace }, whole, context, options.signal, async (operation) => {
        const written = await opened.writer.write(change.edit(opened), {
          operation,
          signal: context.signal,
          ...(onto === undefined ? {} : { onto }),
        });
        context.fetchRepository(`${namespace}/${repository.metadata.name}`);
        return { ...endOf(written), warnings: [] };
      });
      return options.wait === 'synced' ? withSync(result, application, opened.mirror, context.news, options) : result;
    },
    options.signal,
  );
}

/** The result, and what became of its commit in the cluster; as it is where there is none in the branch. */
export async function withSync<Result extends Pick<ChangeResult, 'state' | 'commit'>>(
  result: Result,
  { metadata }: Pick<Application, 'metadata'>,
  mirror: Pick<Mirror, 'isAncestor'>,
  news: SyncNews,
  { signal, waitMilliseconds: milliseconds = usualWaitMilliseconds }: SubmitOptions,
): Promise<Result & Pick<ChangeResult, 'sync'>> {
  const commit = result.state === 'Committed' ? asCommitId(result.commit ?? '') : undefined;
  if (commit === undefined) return result;
  const application = `${metadata.namespace}/${metadata.name}`;
  return { ...result, sync: await waitSynced({ application, commit, mirror, news, milliseconds, signal }) };
}
