import type { Repository } from '../api/index.ts';
import type { Forge } from '../forge/index.ts';
import type { Applications } from './application/applications.ts';
import { type Captures, createCaptures } from './capture/captures.ts';
import { createBranches } from './repository/branches.ts';
import type { ReconcileContext } from './application/context.ts';
import type { GitObjects } from './gitops/git-objects.ts';
import type { GitOpsSettings } from './gitops/settings.ts';
import {
  type GitOps,
  type NamespaceChanges,
  type StartedGitOps,
  type StartGitOpsOptions,
  startGitOps,
} from './gitops/start-gitops.ts';
import type { OpenBranchOptions } from './repository/open-branch.ts';
import { createPast } from './past/past.ts';
import { createUseBranch } from './past/places.ts';
import type { Past } from './past/types.ts';
import { createRenderedNamespaces } from './placing/in-namespace.ts';
import { type AppChanges, changeApplication } from './placing/submit.ts';

/** Changes that people and programs ask for: of objects of namespaces, and of objects of Applications. */
export type AskedChanges = NamespaceChanges & AppChanges;

/** What leads from the cluster, and from those who ask for changes, to Git. */
export interface WayUp {
  /** Drift that becomes a commit. */
  readonly captures: Captures;
  /** Namespaces that Git maintains, and changes of their objects. */
  readonly gitops: StartedGitOps;
  /** Changes that people and programs ask for. */
  readonly changes: AskedChanges;
  /** What Git tells of the past, and the way back to it. */
  readonly past: Past;
}

/** What the way up is opened with. */
export interface WayUpOptions
  extends OpenBranchOptions, Omit<StartGitOpsOptions, keyof OpenBranchOptions | 'branches'> {
  readonly context: ReconcileContext;
  readonly applications: Applications;
  readonly repositoryOf: (id: string) => Repository | undefined;
  readonly forgeOf: (id: string, signal: AbortSignal) => Promise<Forge | undefined>;
  /** Fetches the repositories with this URL now. */
  readonly fetchUrl: (url: string) => void;
}

/** Opens the way up. Nothing is watched before `gitops.start`. */
export function openWayUp(options: WayUpOptions): WayUp {
  const branches = createBranches(options);
  const gitops = startGitOps({ ...options, branches });
  const captures = createCaptures({ ...options, files: gitops.files });
  const settingsOf: GitOps['settingsOf'] = (namespace) => gitops.gitops.settingsOf(namespace);
  const placingContext = { ...options, ...gitops.files, reconcile: options.context, settingsOf };
  const rendered = createRenderedNamespaces(placingContext);
  const objectsOf = ({ layout }: GitOpsSettings): GitObjects =>
    layout === 'source' ? rendered : gitops.gitops.objects;
  const past = createPast({
    ...placingContext,
    use: createUseBranch({ ...options, branches, gitops: gitops.gitops }),
    fetchNow: options.fetchUrl,
  });
  return {
    captures,
    gitops: {
      ...gitops,
      gitops: {
        ...gitops.gitops,
        objects: {
          get: (settings, ...rest) => objectsOf(settings).get(settings, ...rest),
          list: (settings, ...rest) => objectsOf(settings).list(settings, ...rest),
        },
      },
    },
    past,
    changes: {
      operations: gitops.changes.operations,
      async submit(request, how) {
        const settings = await gitops.settingsNow(request.namespace, how.signal);
        if (settings?.layout === 'source') return rendered.submit(request, how);
        return gitops.changes.submit(request, settings, how);
      },
      changeApplication: (request, how) => changeApplication(request, placingContext, how),
    },
  };
}
