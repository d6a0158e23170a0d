import { verify, type KeyObject } from 'node:crypto';

/** Whether one of the keys has signed these bytes, in a way that sigstore uses with keys of its kind. */
export async function isSignedBy(
  keys: readonly KeyObject[],
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  for (const key of keys) {
    if (hashesFor(key).some((hash) => verify(hash, bytes, key, signature))) return true;
    if (key.asymmetricKeyType === 'ed25519' && (await isPrehashed(key, bytes, signature))) return true;
  }
  return false;
}

/** Ed25519 has its own hash. Larger curves go with SHA-256 in cosign before version 3, and with their own since. */
function hashesFor(key: KeyObject): readonly (string | null)[] {
  if (key.asymmetricKeyType === 'ed25519') return [null];
  switch (key.asymmetricKeyDetails?.namedCurve ?? '') {
    case 'secp384r1':
      return ['sha256', 'sha384'];
    case 'secp521r1':
      return ['sha256', 'sha512'];
    default:
      return ['sha256'];
  }
}

/** Ed25519ph of RFC 8032, which cosign signs with since version 3 and which Node does not offer. */
async function isPrehashed(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const { ed25519ph } = await import('@noble/curves/ed25519.js');
  const point = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
  return signature.length === 64 && ed25519ph.verify(signature, bytes, point);
}
