import { apiVersion, type ConditionInput, group, type Repository, type RepositoryStatus } from '../../api/index.ts';
import { PlumbError, type Problem } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { names } from '../../names.ts';
import type { Accepted } from './judge.ts';
import { type Policy, readPolicy } from '../application/policy.ts';
import type { ReferenceReader } from '../access/references.ts';
import type { Revision } from './revision.ts';
import type { RepositoryRevisions } from './revisions.ts';
import { describeProblems } from '../status/status.ts';

/** What a Repository accepts, and what it has accepted. */
export interface Acceptance {
  policy: Policy;
  /** What the policy was read for; another one has it read again. */
  policyFor: string | undefined;
  /** What was accepted last, by reference; lost at a restart, and found again in the status. */
  readonly accepted: Map<string, Accepted>;
  /** Told when the keys have changed. */
  readonly reader: ReferenceReader;
}

/** What a status is written with. */
export interface StatusWriter {
  readonly client: KubeClient;
  readonly fieldManager: string;
}

/** References of Applications that are no more are remembered too, up to so many. */
const rememberedReferences = 200;

/** What a Repository that is seen for the first time has accepted before. */
export function newAcceptance(status: RepositoryStatus | undefined, reader: ReferenceReader): Acceptance {
  return {
    policy: { verify: undefined, rewind: 'Allow', acceptedRewind: undefined },
    policyFor: undefined,
    accepted: new Map((status?.accepted ?? []).map((accepted) => [accepted.selector, accepted])),
    reader,
  };
}

/**
 * The policy of a Repository; read only where the spec, the approval or the keys may be others than before. Where nobody
 * would tell that the keys are there at last, `policyFor` is undefined: it is to be read again.
 */
export async function policyOf(acceptance: Acceptance, repository: Repository, signal: AbortSignal): Promise<Policy> {
  const { verify, rewind } = repository.spec;
  const wanted = JSON.stringify([verify, rewind, repository.metadata.annotations?.[names.acceptRewind]]);
  if (acceptance.policyFor === wanted) return acceptance.policy;
  // Before it is read: what changes meanwhile has it read once more.
  acceptance.policyFor = wanted;
  const { reader } = acceptance;
  const policy = await reader.round((look) => readPolicy(repository, (each) => look.object(each), signal), signal);
  acceptance.policy = policy;
  const isTold = reader.isTold && policy.broken?.every(({ code }) => !code.startsWith('kube.')) !== false;
  if (policy.broken !== undefined && !isTold) acceptance.policyFor = undefined;
  return policy;
}

/** Writes what was accepted into the status, where a restart finds it. Nobody else writes that field. */
export async function remember(
  { accepted }: Acceptance,
  next: Accepted,
  { metadata }: Repository,
  follows: (selector: string) => boolean,
  writer: StatusWriter,
  signal: AbortSignal,
): Promise<void> {
  if (accepted.get(next.selector) === next) return;
  const entries = new Map(accepted).set(next.selector, next);
  let surplus = entries.size - rememberedReferences;
  for (const selector of entries.keys()) {
    if (selector === next.selector || follows(selector)) continue;
    // A commit never moves; of a branch that nobody follows for now it may matter later where it was.
    if (!selector.startsWith('commit:') && (surplus -= 1) < 0) continue;
    entries.delete(selector);
  }
  await writeAccepted([...entries.values()], metadata, writer, signal);
  accepted.clear();
  for (const [selector, entry] of entries) accepted.set(selector, entry);
}

/** Forgets what was accepted, where nothing is asked of a commit any more: it would be wrong when that begins again. */
export async function forgetAccepted(
  { policy, accepted }: Acceptance,
  { metadata }: Repository,
  writer: StatusWriter,
  signal: AbortSignal,
): Promise<void> {
  const { verify, signers, broken, rewind } = policy;
  const asks = verify !== undefined || signers !== undefined || broken !== undefined || rewind === 'Refuse';
  if (asks || accepted.size === 0) return;
  await writeAccepted(null, metadata, writer, signal);
  accepted.clear();
}

async function writeAccepted(
  accepted: readonly Accepted[] | null,
  { namespace, name }: Repository['metadata'],
  { client, fieldManager }: StatusWriter,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.patch(
      { apiVersion, group, kind: 'Repository', namespace, name },
      { status: { accepted } },
      { type: 'merge', subresource: 'status', fieldManager, priority: 'high', signal },
    );
  } catch (error) {
    if (!(error instanceof PlumbError) || error.code !== 'kube.not-found') throw error;
  }
}

const reasons: Partial<Record<Problem['code'], string>> = {
  'git.unsigned': 'Unsigned',
  'git.signer-unknown': 'UnknownSigner',
  'git.signature-bad': 'BadSignature',
  'git.tag-mismatch': 'BadSignature',
  'git.signature-expired': 'SignatureExpired',
  'git.key-revoked': 'KeyRevoked',
  'git.rewind': 'RewindRefused',
  'git.keys-invalid': 'NoKeys',
  'controller.keys-missing': 'NoKeys',
  'registry.signature-missing': 'Unsigned',
  'registry.signature-invalid': 'BadSignature',
  'registry.key-invalid': 'NoKeys',
};

/** One word for a refusal. */
export function reasonOf(problems: readonly [Problem, ...Problem[]]): string {
  return signatureReason(problems) ?? 'NotVerified';
}

/** One word for what is wrong with a signature; undefined where something else is wrong. */
export function signatureReason([{ code }]: readonly [Problem, ...Problem[]]): string | undefined {
  return reasons[code];
}

/** The condition Verified; undefined where nothing is asked of a commit. */
export function verifiedCondition(
  { spec }: Repository,
  selector: string | undefined,
  revision: Revision,
  { accepted }: Acceptance,
  revisions: RepositoryRevisions | undefined,
): ConditionInput | undefined {
  const type = 'Verified';
  if (spec.verify === undefined && (spec.rewind ?? 'Allow') === 'Allow') return undefined;
  const refusals = revisions?.refusals() ?? [];
  const [first] = refusals;
  if (first !== undefined) {
    const several = refusals.length > 1 || first.selector !== selector;
    const lines = refusals.map((refusal) => {
      const text = describeProblems(refusal.problems);
      return several ? `${refusal.selector}: ${text}` : text;
    });
    return { type, status: 'False', reason: reasonOf(first.problems), message: lines.join('\n') };
  }
  if (selector === undefined && revision.state === 'ready') {
    return { type, status: 'True', reason: 'Accepted', message: 'each chart is signed by one of the keys' };
  }
  const last = accepted.get(selector ?? '');
  // Where nothing can be fetched, what was accepted is what is there.
  const version =
    revision.state === 'ready' ? revision.version : revision.state === 'failed' ? revision.last : undefined;
  if (last === undefined || last.revision !== version?.revision) {
    return { type, status: 'Unknown', reason: 'Fetching', message: 'nothing was fetched that could be verified' };
  }
  const signed = last.signed ?? `commit ${last.revision.slice(0, 12)}, for which no signature is asked`;
  return { type, status: 'True', reason: 'Accepted', message: signed };
}
