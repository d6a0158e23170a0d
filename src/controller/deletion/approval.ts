import { type ApplicationStatus, argoNames, names } from '../../api/index.ts';
import { type ApprovalSet, countOf, type SyncInput } from '../../sync/index.ts';
import type { ApplicationState } from '../application/application-state.ts';

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

/** What was approved, in part or in whole still to be done: who goes on with it after a restart does not ask again. */
export function approvedSet(asked: Asked): ApprovalSet | undefined {
  const { approval } = asked.written ?? {};
  if (approval?.of === undefined || approvalOf(asked) !== approval.token) return undefined;
  return { token: approval.token, objects: approval.of, overLimit: approval.reason === 'Limit' };
}

/** What a plan says of approvals. */
export interface Asking {
  /** The token that is missing. */
  readonly approval?: string;
  readonly asking?: ApprovalSet;
}

/**
 * What waits for approval now. A question keeps its time as long as it is about the very same objects, and stays until
 * what was approved is done.
 */
export function askedApproval(asked: Asked, { approval: missing, asking }: Asking, now: number): Approval | undefined {
  if (asking === undefined) return undefined;
  const { application, written } = asked;
  const known = written?.approval;
  if (known !== undefined && missing === undefined && approvalOf(asked) === known.token) return known;
  // To the second, as the annotation that answers may be.
  const since = application.metadata.deletionTimestamp ?? new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    token: asking.token,
    of: asking.objects,
    since: known?.token === asking.token ? known.since : since,
    objects: countOf(asking),
    reason: asking.overLimit ? 'Limit' : 'Confirm',
  };
}

/** The same sync with a token taken for given, so that it can be shown what that would let go. */
export function withApproval(input: SyncInput, approval: string | undefined): SyncInput {
  return approval === undefined ? input : { ...input, options: { ...input.options, approval } };
}
