import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Digest } from './digest.ts';

const payloadSchema = Type.Object({
  critical: Type.Object({
    identity: Type.Object({ 'docker-reference': Type.String() }),
    image: Type.Object({ 'docker-manifest-digest': Type.String() }),
    type: Type.Union([
      Type.Literal('cosign container image signature'),
      Type.Literal('atomic container signature'),
      Type.Literal('https://sigstore.dev/cosign/sign/v1'),
    ]),
  }),
});

/** What a signed payload says of another artifact, or of another repository; undefined where it is about this one. */
export function payloadProblem(payload: Buffer, digest: Digest, identities: readonly string[]): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    return 'what it signs is not JSON';
  }
  if (!Value.Check(payloadSchema, value)) return 'what it signs is not the payload of a signature of cosign';
  const { identity, image } = value.critical;
  if (image['docker-manifest-digest'] !== digest)
    return `it is for ${image['docker-manifest-digest'].slice(0, 100)}, which is something else`;
  return identityProblem(identity['docker-reference'], identities);
}

/** The repository that a signature names has to be one of those that it may name. */
export function identityProblem(reference: string, identities: readonly string[]): string | undefined {
  const named = normal(reference);
  if (identities.some((identity) => normal(identity) === named)) return undefined;
  return `it is for the repository ${named.slice(0, 200)}`;
}

/** Without a tag or a digest, and with Docker Hub under its one name. */
function normal(reference: string): string {
  const bare = reference
    .replace(/^oci:\/\//, '')
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, (end, at: number, all: string) => (all.slice(0, at).includes('/') ? '' : end));
  return bare.replace(/^(?:index|registry-1)\.docker\.io\//, 'docker.io/');
}
