import { createHash } from 'node:crypto';
import type { Application } from '../../api/index.ts';
import { type ErrorCode, plumbError, throwProblems } from '../../errors.ts';
import type { PullRequest } from '../../forge/index.ts';
import type { RefSelector } from '../../git/index.ts';
import { type ApplicationPreview, type Preview, settleAcross } from '../../preview/index.ts';
import type { FileTree, PathChange, Renderer } from '../../render/index.ts';
import type { PreparedSet } from '../../sync/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { Applications } from '../application/applications.ts';
import type { ReconcileContext, SourcePart } from '../application/context.ts';
import type { Version } from '../rendering/origin.ts';
import type { KindLookup } from '../syncing/prepare-rendered.ts';
import type { Proposals } from '../forge/proposals.ts';
import { isUntouchedBy } from './affected.ts';
import { chartReach } from './chart-reach.ts';
import type { Followers } from './concerned.ts';
import { inParallel } from './in-parallel.ts';
import { type LiveComparison, previewApplication, type PreviewSide } from './preview-application.ts';

/** What previews may use. */
export interface PreviewContext extends Pick<ReconcileContext, 'sourceOf' | 'environment' | 'seedOf'> {
  readonly applications: Applications;
  readonly renderer: Renderer;
  /** Which kinds the API server serves. */
  readonly kinds: KindLookup;
  /** Asks the API server what a sync of the head would do. */
  readonly compareLive: (state: ApplicationState, desired: PreparedSet, signal: AbortSignal) => Promise<LiveComparison>;
}

/** Both ends of a pull request, fetched. */
export interface Ends {
  readonly base: Version;
  readonly head: Version;
}

/** What is over when it is tried again, whatever the pull request says. */
const passes: ReadonlySet<ErrorCode> = new Set([
  'cancelled',
  'internal',
  'kube.api-unavailable',
  'kube.throttled',
  'kube.unavailable',
  'kube.unreachable',
  'timeout',
]);

/** Applications of one pull request that are compared at the same time, and at most. */
const atOnce = 2;
const most = 200;

/** The reference that leads to the head of a pull request; undefined where none in this repository does. */
export function headOf({ headRef, head }: PullRequest): RefSelector | undefined {
  if (headRef !== undefined) return { ref: headRef };
  return head.fork ? undefined : { branch: head.branch };
}

/**
 * Fetches the head, and finds where it parted from the branch that it would be merged into.
 * @throws PlumbError `git.no-merge-base`; what a fetch throws
 */
export async function fetchEnds(
  proposals: Proposals,
  selector: RefSelector,
  tip: Version,
  signal: AbortSignal,
): Promise<Ends> {
  const head = await proposals.fetch(selector, signal);
  const base = await proposals.mergeBase(tip, head, signal);
  if (base !== undefined) return { base, head };
  const [one, other] = [tip.revision.slice(0, 12), head.revision.slice(0, 12)];
  throw plumbError('git.no-merge-base', `the head ${other} and ${one} have no commit in common`);
}

/** What is compared, of which the result depends on nothing else. */
export interface PreviewInput {
  readonly repository: string;
  readonly branch: string;
  readonly followers: Followers;
  readonly ends: Ends;
  readonly changes: readonly PathChange[];
  /** The files of a version, as far as they may be read for whoever proposes them. */
  readonly filesOf: (version: Version) => Promise<FileTree>;
  /** Whether a stranger proposes it: it is rendered, in the sandbox, and shown to no API server. */
  readonly isFork: boolean;
}

/** Compares both ends for every Application that the head touches. Nothing is changed anywhere. */
export async function previewPullRequest(
  input: PreviewInput,
  context: PreviewContext,
  signal: AbortSignal,
): Promise<Preview> {
  const { followers, ends, changes, repository, branch } = input;
  const following = new Set(followers.applications);
  const touched = [...context.applications.readingAny(repository, followers.groups, changes)].filter((state) =>
    following.has(state),
  );
  const ordered = touched.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const compared = ordered.slice(0, most);
  const environment = await context.environment(signal);
  const isUntouched = followers.groups.map((group) => isUntouchedBy(changes, group));

  const previewOne = async (state: ApplicationState): Promise<ApplicationPreview | undefined> => {
    const { application, id } = state;
    const source = await context.sourceOf(application);
    // What is wrong with it is so without this pull request, and its own status tells of it.
    if (source.state !== 'ready') return undefined;
    const reach = chartReach(changes, input.isFork);
    const side = (at: Version, within: (part: SourcePart) => SourcePart): PreviewSide => ({
      application,
      parts: partsAt(source.parts, input, at).map((part) =>
        followers.groups.includes(part.group) ? within(part) : part,
      ),
    });
    return previewApplication({
      id,
      base: side(ends.base, reach.base),
      head: side(ends.head, reach.head),
      renderer: context.renderer,
      environment,
      // Another stream than that of syncs: what a pull request renders is shown, and must not tell what a sync drew.
      seed: createHash('sha256').update('preview').update(context.seedOf(id)).digest(),
      kinds: context.kinds,
      isUntouched: (reads) => isUntouched.every((test) => test(reads)),
      ...(!input.isFork
        ? { compareLive: async (_: Application, desired: PreparedSet) => context.compareLive(state, desired, signal) }
        : {}),
      signal,
    });
  };

  const previews = await inParallel(compared, atOnce, previewOne);
  const told = settleAcross(previews.filter((preview) => preview !== undefined).filter(isTold));
  const passing = told.flatMap(({ problems }) => problems.filter(({ code }) => passes.has(code)));
  // That a server was away for a moment is no fault of the pull request.
  throwProblems(passing);
  return {
    base: { name: branch, commit: ends.base.revision },
    head: { name: ends.head.ref, commit: ends.head.revision },
    applications: told,
    untouched: followers.applications.length - told.length - (ordered.length - compared.length),
    ...(ordered.length === compared.length ? {} : { omitted: ordered.length - compared.length }),
    problems: [],
  };
}

function isTold({ changes, problems, notes, warnings }: ApplicationPreview): boolean {
  return changes.length + problems.length + notes.length + warnings.length > 0;
}

/** The sources with those that follow the branch at one of the ends. */
function partsAt(
  parts: readonly SourcePart[],
  { followers, filesOf }: PreviewInput,
  version: Version,
): readonly SourcePart[] {
  return parts.map((part) => {
    if (!followers.groups.includes(part.group)) return part;
    return { ...part, version, origin: { ...part.origin, tree: filesOf } };
  });
}
