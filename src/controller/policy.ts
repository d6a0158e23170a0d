import type { Repository } from '../api/index.ts';
import { type Problem, plumbError, problemsOf } from '../errors.ts';
import { parseVerificationKeys, type VerificationKeys, type VerifyMode } from '../git/index.ts';
import { names } from '../names.ts';
import type { KubeObject } from '../object.ts';

/** What a commit has to be like to be accepted. */
export interface Policy {
  /** Undefined where nothing has to be signed. */
  readonly verify: VerifyPolicy | undefined;
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

/** Reads a Secret or ConfigMap; undefined where there is none. */
export type ReadObject = (reference: {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly namespace: string;
  readonly name: string;
}) => Promise<KubeObject | undefined>;

/** Two policies with the same text accept the same. */
export function policyId({ verify, rewind, acceptedRewind, broken }: Policy): string {
  return JSON.stringify([verify?.mode, verify?.keys.digest, verify?.since, rewind, acceptedRewind, broken]);
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
    const keys = await readKeys(repository.metadata.namespace, verify.keysRef, read);
    return { ...policy, verify: { mode: verify.mode ?? 'Head', keys, since: verify.since } };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...policy, verify: undefined, broken: problemsOf(error) };
  }
}

async function readKeys(
  namespace: string,
  { kind = 'Secret', name }: NonNullable<Repository['spec']['verify']>['keysRef'],
  read: ReadObject,
): Promise<VerificationKeys> {
  const object = await read({ kind, namespace, name });
  if (object !== undefined) return parseVerificationKeys(entriesOf(kind, object), `${kind} ${namespace}/${name}`);
  throw plumbError('controller.keys-missing', `the ${kind} with the keys that sign does not exist`, {
    where: { object: `${kind} ${namespace}/${name}` },
  });
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
