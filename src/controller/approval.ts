import { type ApplicationStatus, argoNames, names } from '../api/index.ts';
import type { Blocked, SyncInput } from '../sync/index.ts';
import type { ApplicationState } from './application-state.ts';

/** Deletions that wait for a person, as the status has them. */
type Approval = NonNullable<ApplicationStatus['approval']>;

type Asked = Pick<ApplicationState, 'application' | 'written'>;

/**
 * What was approved: the token of the annotation, or where Argo CD's annotation has a time no earlier than the question,
 * that of the question. As there, such a time approves what asks for confirmation, and never more than a limit lets go.
 */
export function approvalOf({ application, written }: Asked): string | undefined {
  const annotations = application.metadata.annotations ?? {};
  const own = annotations[names.approvePrune];
  if (own !== undefined) return own;
  const asked = written?.approval;
  if (asked === undefined || asked.reason !== 'Confirm') return undefined;
  const approvedAt = Date.parse(annotations[argoNames.deletionApproved] ?? '');
  return approvedAt >= Date.parse(asked.since) ? asked.token : undefined;
}

/** What waits for approval now. A question keeps its time as long as it is about the very same objects. */
export function askedApproval(
  { application, written }: Asked,
  { approval: token, blocked }: { readonly approval?: string; readonly blocked: readonly Blocked[] },
  now: number,
): Approval | undefined {
  if (token === undefined) return undefined;
  const asking = blocked.filter(({ reason }) => reason === 'limit' || reason === 'confirm');
  const known = written?.approval;
  // To the second, as the annotation that answers may be.
  const since = application.metadata.deletionTimestamp ?? new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    token,
    since: known?.token === token ? known.since : since,
    objects: asking.length,
    reason: asking.some(({ reason }) => reason === 'limit') ? 'Limit' : 'Confirm',
  };
}

/** The same sync with a token taken for given, so that it can be shown what that would let go. */
export function withApproval(input: SyncInput, approval: string | undefined): SyncInput {
  return approval === undefined ? input : { ...input, options: { ...input.options, approval } };
}
