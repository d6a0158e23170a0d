import { formatLocation, type Location, PlumbError } from '../../errors.ts';
import type { CommitStatus, Forge, ForgeKind } from '../../forge/index.ts';
import { formatComment, hasChanges, type Preview, problemsOfPreview, summaryLine } from '../../preview/index.ts';

/** Where a preview is told. */
export interface ReportPlace {
  readonly forge: Forge;
  readonly number: number;
  /** Tells the comment from all others; invisible to people. */
  readonly mark: string;
  /** Name of the commit status. */
  readonly context: string;
  /** URL of the repository, so that links lead to no other. */
  readonly url: string;
}

/** Forges that show the HTML that folds a diff. */
const folding: Readonly<Record<ForgeKind, boolean>> = {
  GitHub: true,
  GitLab: true,
  Gitea: true,
  Forgejo: true,
  BitbucketCloud: false,
  BitbucketDataCenter: false,
  AzureDevOps: true,
};

/** Says that a preview is being made, where nothing was said of the commit yet. */
export async function reportPending(place: ReportPlace, commit: string, signal: AbortSignal): Promise<void> {
  const known = await statusOf(place, commit, signal);
  if (known !== undefined) return;
  await place.forge.setCommitStatus(commit, statusFor(place, 'pending', 'is being compared'), { signal });
}

/** Tells a preview: in the comment, and in the status of the head. What is told already is not told again. */
export async function reportPreview(place: ReportPlace, preview: Preview, signal: AbortSignal): Promise<void> {
  const { forge, number, mark } = place;
  const { head, base } = preview;
  const body = await formatComment(preview, {
    // The mark takes some of the room.
    limit: forge.commentLimit - 500,
    folds: folding[forge.kind],
    fileLink: (where) => linkOf(where, place, head.commit),
    moreLink: forge.links.compare(base.commit, head.commit),
  });
  const isTold = hasChanges(preview) || preview.applications.length > 0 || problemsOfPreview(preview).length > 0;
  // A pull request that touches nothing needs no comment; one that no longer does has its old one put right.
  await forge.putComment(number, { mark, body, ...(isTold ? {} : { onlyUpdate: true }) }, { signal });
  const [first] = problemsOfPreview(preview);
  const state = first === undefined ? 'success' : 'failure';
  const wanted = statusFor(place, state, first === undefined ? summaryLine(preview) : problemLine(preview));
  const known = await statusOf(place, head.commit, signal);
  if (known?.state === wanted.state && known.description === wanted.description) return;
  await forge.setCommitStatus(head.commit, wanted, { signal });
}

/** Whether an error comes from telling, and not from what was to be told. */
export function isOfForge(error: unknown): boolean {
  return error instanceof PlumbError && error.code.startsWith('forge.');
}

function statusFor(
  { forge, number, context }: ReportPlace,
  state: CommitStatus['state'],
  description: string,
): CommitStatus {
  return { context, state, description, link: forge.links.pullRequest(number) };
}

async function statusOf(place: ReportPlace, commit: string, signal: AbortSignal): Promise<CommitStatus | undefined> {
  const statuses = await place.forge.commitStatuses(commit, { signal });
  return statuses.find(({ context }) => context === place.context);
}

/** `web/kustomization.yaml:3: unknown field; 2 more` */
function problemLine(preview: Preview): string {
  const [first, ...others] = problemsOfPreview(preview);
  if (first === undefined) return '';
  const { file, line } = first.where ?? {};
  const where = formatLocation({ ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) });
  const more = others.length === 0 ? '' : `; ${others.length} more`;
  const text = `${where === '' ? '' : `${where}: `}${first.message}`.replaceAll(/\s+/g, ' ');
  return `${text.slice(0, 120)}${more}`;
}

/** The page of a file at the head; none of another repository. */
function linkOf({ repository, file, line }: Location, { forge, url }: ReportPlace, commit: string): string | undefined {
  if (file === undefined || (repository !== undefined && repository !== url)) return undefined;
  return forge.links.file(commit, file, line);
}
