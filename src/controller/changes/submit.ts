import { plumbError, throwProblems } from '../../errors.ts';
import { asCommitId } from '../../git/index.ts';
import type { KubeClient, ListSchemaReader } from '../../kube/index.ts';
import { madeName } from '../gitops/made-objects.ts';
import { until } from '../gitops/listeners.ts';
import type { GitOpsNamespaces } from '../gitops/namespaces.ts';
import type { GitOpsRepositories } from '../gitops/repositories.ts';
import type { GitOpsSettings } from '../gitops/settings.ts';
import { checkRequest, requestDigest } from './check.ts';
import { type FinishContext, knownResult } from './finish.ts';
import type { Seal } from './git-wishes.ts';
import { submitDirect } from './submit-direct.ts';
import { submitToGit } from './submit-git.ts';
import type { ChangeRequest, ChangeResult, SubmitOptions } from './types.ts';
import { type SyncNews, usualWaitMilliseconds, waitSynced } from './wait-synced.ts';

/** What changes are made with. */
export interface SubmitContext extends FinishContext {
  readonly client: KubeClient;
  readonly namespaces: Pick<GitOpsNamespaces, 'problemsOf'>;
  readonly repositories: GitOpsRepositories;
  /** What the API server says of lists. */
  readonly lists: ListSchemaReader;
  readonly news: SyncNews;
  /** Whether there is an Application that has a namespace follow Git: it would undo what is changed in the cluster. */
  readonly isFollowed: (namespace: string) => boolean;
  /** Has the Repository of a namespace fetched now. */
  readonly fetchNow: (namespace: string) => void;
  /** Encrypts Secrets on their way into Git, where there is a rule for it. */
  readonly seal?: Seal;
}

/** So long a change waits until Git has let go of its namespace. */
const letGoMilliseconds = 10_000;

/**
 * Makes a change: in Git where Git maintains the namespace, else in the cluster. It is tried as the user first, and all
 * that is refused is told at once.
 * @param settings how Git maintains the namespace; undefined where it does not
 * @throws PlumbError `writeback.*`, `kube.*`, `git.*`, `controller.gitops-*`
 */
export async function submit(
  request: ChangeRequest,
  settings: GitOpsSettings | undefined,
  context: SubmitContext,
  options: SubmitOptions,
): Promise<ChangeResult> {
  // Nothing can be written while its Repository cannot be made.
  throwProblems(context.namespaces.problemsOf(request.namespace));
  const known = await knownResult(request, requestDigest(request), context, options.signal);
  const result = known ?? (await begin(request, settings, context, options.signal));
  if (options.wait !== 'synced' || settings === undefined || result.state !== 'Committed') return result;
  return waited(result, settings, context, options);
}

async function begin(
  request: ChangeRequest,
  settings: GitOpsSettings | undefined,
  context: SubmitContext,
  signal: AbortSignal,
): Promise<ChangeResult> {
  const checked = await checkRequest(request, context.client.discovery, signal);
  if (settings === undefined) {
    await untilLetGo(request.namespace, context, signal);
    return submitDirect(request, checked, context, signal);
  }
  return context.repositories.use(
    settings,
    (repository) => submitToGit(request, checked, repository, context, signal),
    signal,
  );
}

/** Right after the label was taken away, the Application that was made for it is still there. */
async function untilLetGo(namespace: string, { isFollowed, news }: SubmitContext, signal: AbortSignal): Promise<void> {
  const look = (): true | undefined => (isFollowed(namespace) ? undefined : true);
  const listen = (tell: () => void) => news.onLooked(`${namespace}/${madeName}`, tell);
  if ((await until(look, { listen, milliseconds: letGoMilliseconds, signal })) === true) return;
  const message = `namespace ${namespace} is not maintained in Git any more, and its Application is not taken away yet`;
  throw plumbError('controller.gitops-starting', message);
}

async function waited(
  result: ChangeResult,
  settings: GitOpsSettings,
  { repositories, news }: SubmitContext,
  { signal, waitMilliseconds: milliseconds = usualWaitMilliseconds }: SubmitOptions,
): Promise<ChangeResult> {
  const commit = asCommitId(result.commit ?? '');
  if (commit === undefined) return result;
  const application = `${settings.namespace}/${madeName}`;
  const sync = await repositories.use(
    settings,
    ({ mirror }) => waitSynced({ application, commit, mirror, news, milliseconds, signal }),
    signal,
  );
  return { ...result, sync };
}
