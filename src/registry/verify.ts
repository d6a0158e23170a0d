import { createPublicKey, type KeyObject } from 'node:crypto';
import { plumbError } from '../errors.ts';
import { bundleProblem } from './bundle.ts';
import type { Digest } from './digest.ts';
import { parseManifest, type Descriptor } from './manifest.ts';
import type { OciRepository } from './oci-artifact.ts';
import { isSignedBy } from './is-signed-by.ts';
import { payloadProblem } from './simple-signing.ts';

/** What a signature has to be. */
export interface Verification {
  /** Public keys in PEM form, of which one has to have signed: ECDSA, Ed25519 or RSA. */
  readonly keys: readonly string[];
  /**
   * The repositories that a signature may name, such as `ghcr.io/org/app`; the one that is read where it is not given.
   * For copies of what was signed elsewhere.
   */
  readonly identities?: readonly string[];
}

/** A signature as it was found, before anything is believed of it. */
interface Candidate {
  /** What is wrong with it; undefined where it is good. */
  problem(keys: readonly KeyObject[], identities: readonly string[]): Promise<string | undefined>;
}

const signatureKey = 'dev.cosignproject.cosign/signature';
const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json';
const bundleType = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v|\+json;version=)0\.[3-9]/;
/** Of more signatures on one artifact, the first ones are looked at. */
const mostSignatures = 50;
const longestPayload = 1024 * 1024;

/**
 * Verifies that one of the keys has signed an artifact, as cosign does with `--key` and without a transparency log.
 * @throws PlumbError `registry.signature-missing`, `registry.signature-invalid`, `registry.key-invalid`
 */
export async function verifySignature(
  repository: OciRepository,
  digest: Digest,
  verification: Verification,
  signal: AbortSignal,
): Promise<void> {
  const keys = verification.keys.map(readKey);
  const { host, repository: path } = repository.url;
  const identities = verification.identities ?? [`${host}/${path}`];
  const name = `${repository.url.text}@${digest}`;
  const problems: string[] = [];
  for (const find of [referring, tagged]) {
    for (const candidate of await find(repository, digest, signal)) {
      const problem = await candidate.problem(keys, identities);
      if (problem === undefined) return;
      problems.push(problem);
    }
  }
  if (problems.length === 0) throw plumbError('registry.signature-missing', `${name} is not signed`);
  throw plumbError(
    'registry.signature-invalid',
    `no signature of ${name} is accepted: ${[...new Set(problems)].slice(0, 5).join('; ')}`,
  );
}

function readKey(pem: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (['ec', 'ed25519', 'rsa'].includes(key.asymmetricKeyType ?? '')) return key;
  } catch {
    // The text is not shown: it may be a private key.
  }
  throw plumbError('registry.key-invalid', 'a key is not a public key of the kinds ECDSA, Ed25519 or RSA in PEM form');
}

/** Signatures under the tag `sha256-….sig`: the way of cosign before version 3. */
async function tagged(repository: OciRepository, digest: Digest, signal: AbortSignal): Promise<readonly Candidate[]> {
  const { client } = repository;
  const found = await client.resolveTag(`${digest.replace(':', '-')}.sig`, signal);
  if (found === undefined) return [];
  const bytes = await client.manifest(found, signal);
  const manifest = bytes === undefined ? undefined : parseManifest(bytes, `the signatures of ${digest}`);
  if (manifest?.kind !== 'manifest') return [];
  const layers = manifest.layers
    .filter(
      ({ mediaType, annotations }) => mediaType === simpleSigningType && annotations?.[signatureKey] !== undefined,
    )
    .slice(0, mostSignatures);
  return Promise.all(
    layers.map(async (layer) => {
      const payload = await smallBlob(repository, layer, signal);
      const signature = Buffer.from(layer.annotations?.[signatureKey] ?? '', 'base64');
      return {
        problem: async (keys, identities) =>
          (await isSignedBy(keys, payload, signature))
            ? payloadProblem(payload, digest, identities)
            : 'none of the keys has made it',
      };
    }),
  );
}

/** Bundles that refer to the artifact: the way of cosign from version 3. */
async function referring(
  repository: OciRepository,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const { digest: referrer } of (await repository.client.referrers(digest, signal)).slice(0, mostSignatures)) {
    // What the list says of their type is not always right: the manifest itself is asked.
    const manifest = await repository.manifest(referrer, signal);
    for (const layer of manifest.layers.filter(({ mediaType }) => bundleType.test(mediaType))) {
      const bundle = await smallBlob(repository, layer, signal);
      found.push({ problem: (keys) => bundleProblem(bundle, digest, keys) });
    }
  }
  return found;
}

function smallBlob(repository: OciRepository, descriptor: Descriptor, signal: AbortSignal): Promise<Buffer> {
  if (descriptor.size <= longestPayload) return repository.layer(descriptor, signal);
  throw plumbError('registry.too-large', `a signature of ${repository.url.text} has ${descriptor.size} bytes`);
}
