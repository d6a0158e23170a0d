import { createHash } from 'node:crypto';
import { type Repository, typeOf } from '../../api/index.ts';
import { type Problem, plumbError, problemsOf } from '../../errors.ts';
import { type History, parseVerificationKeys, type VerificationKeys, type VerifyMode } from '../../git/index.ts';
import { names } from '../../names.ts';
import type { KubeObject } from '../../object.ts';

/** What a commit has to be like to be accepted. */
export interface Policy {
  /** Undefined where nothing has to be signed. */
  readonly verify: VerifyPolicy | undefined;
  /** Who has to have signed what comes from a registry; undefined where nobody has to. */
  readonly signers?: Signers;
  /** Whether a reference may go back to a commit that does not contain the one before. */
  readonly rewind: 'Allow' | 'Refuse';
  /** The one commit that a person lets a reference go back to. */
  readonly acceptedRewind: string | undefined;
  /** Why it is not known what has to be signed, and by whom: until it is, nothing new is accepted. */
  readonly broken?: readonly [Problem, ...Problem[]];
}

/** What has to be signed, and by whom. */
export interface VerifyPolicy {
  readonly mode: VerifyMode;
  readonly keys: VerificationKeys;
  /** The commit from which on everything is signed. */
  readonly since: string | undefined;
}

/** Public keys of which one has to have signed. */
export interface Signers {
  /** In PEM form. */
  readonly keys: readonly string[];
  /** SHA-256 over all of them, whatever their order. */
  readonly digest: string;
  /** The repositories that a signature may name; the one that is read where it is not given. */
  readonly identities?: readonly string[];
}

/** Reads a Secret or ConfigMap; undefined where there is none. */
export type ReadObject = (reference: {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly namespace: string;
  readonly name: string;
}) => Promise<KubeObject | undefined>;

/** Two policies with the same text accept the same. */
export function policyId({ verify, signers, rewind, acceptedRewind, broken }: Policy): string {
  const signed = [verify?.mode, verify?.keys.digest, verify?.since, signers?.digest, signers?.identities];
  return JSON.stringify([...signed, rewind, acceptedRewind, broken]);
}

/**
 * What a Repository asks of the commits that it accepts, with the keys that it names. Keys that are missing or cannot
 * be used are told in it, so that nothing is accepted for want of them.
 * @throws the reason of `signal`
 */
export async function readPolicy(repository: Repository, read: ReadObject, signal: AbortSignal): Promise<Policy> {
  const { verify, rewind = 'Allow' } = repository.spec;
  const acceptedRewind = repository.metadata.annotations?.[names.acceptRewind];
  const policy = { rewind, acceptedRewind };
  if (verify === undefined) return { ...policy, verify: undefined };
  try {
    const { entries, place } = await readEntries(repository.metadata.namespace, verify.keysRef, read);
    if (typeOf(repository) !== 'Git') {
      const { identities } = verify;
      const signers = { ...signersIn(entries, place), ...(identities === undefined ? {} : { identities }) };
      return { ...policy, verify: undefined, signers };
    }
    const keys = parseVerificationKeys(entries, place);
    return { ...policy, verify: { mode: verify.mode ?? 'Head', keys, since: verify.since } };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...policy, verify: undefined, broken: problemsOf(error) };
  }
}

/**
 * How much of the past the mirror of a Repository has to hold: what looks back at commits or tags that are not the
 * newest needs all of it, and nothing else does.
 */
export function historyFor({ spec: { verify, rewind = 'Allow', forge } }: Repository): History {
  const onlyHeads = verify === undefined || (verify.mode ?? 'Head') === 'Head';
  // A pull request is compared with where it parted from its base.
  const previews = (forge?.preview ?? 'None') !== 'None';
  return onlyHeads && rewind === 'Allow' && !previews ? 'shallow' : 'full';
}

async function readEntries(
  namespace: string,
  { kind = 'Secret', name }: NonNullable<Repository['spec']['verify']>['keysRef'],
  read: ReadObject,
): Promise<{ readonly entries: ReadonlyMap<string, string>; readonly place: string }> {
  const object = await read({ kind, namespace, name });
  if (object !== undefined) return { entries: entriesOf(kind, object), place: `${kind} ${namespace}/${name}` };
  throw plumbError('controller.keys-missing', `the ${kind} with the keys that sign does not exist`, {
    where: { object: `${kind} ${namespace}/${name}` },
  });
}

const publicKey = /-----BEGIN (?:[A-Z]+ )?PUBLIC KEY-----[\s\S]*?-----END (?:[A-Z]+ )?PUBLIC KEY-----/g;

/** The keys of cosign and its like. Whether they are such is found where they are used. */
function signersIn(entries: ReadonlyMap<string, string>, object: string): Signers {
  const keys = [...entries.values()].flatMap((text) => text.match(publicKey) ?? []);
  if (keys.length === 0) {
    throw plumbError('registry.key-invalid', 'it holds no public key in PEM form', { where: { object } });
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([...new Set(keys)].toSorted()))
    .digest('hex');
  return { keys, digest };
}

const decode = ([key, value]: readonly [string, string]) =>
  [key, Buffer.from(value, 'base64').toString('utf8')] as const;

/** The texts in a Secret or ConfigMap, by their keys. */
function entriesOf(kind: 'Secret' | 'ConfigMap', object: KubeObject): ReadonlyMap<string, string> {
  const { data = {}, binaryData = {} } = object as {
    data?: Readonly<Record<string, string>>;
    binaryData?: Readonly<Record<string, string>>;
  };
  const plain = Object.entries(data);
  return new Map([...(kind === 'Secret' ? plain.map(decode) : plain), ...Object.entries(binaryData).map(decode)]);
}
