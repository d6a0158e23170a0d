import type { KeyObject } from 'node:crypto';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { algorithmOf, hexOf, type Digest } from './digest.ts';
import { isSignedBy } from './is-signed-by.ts';

const bundleSchema = Type.Object({
  dsseEnvelope: Type.Object({
    payload: Type.String(),
    payloadType: Type.String(),
    signatures: Type.Array(Type.Object({ sig: Type.String() }), { minItems: 1, maxItems: 10 }),
  }),
});

const statementSchema = Type.Object({
  _type: Type.Union([
    Type.Literal('https://in-toto.io/Statement/v1'),
    Type.Literal('https://in-toto.io/Statement/v0.1'),
  ]),
  subject: Type.Array(Type.Object({ digest: Type.Record(Type.String(), Type.String()) })),
  predicateType: Type.String(),
});

const payloadType = 'application/vnd.in-toto+json';
/** Other statements, such as a list of what is in an image, are no word that it may be used. */
const signaturePredicate = 'https://sigstore.dev/cosign/sign/v1';

/** What is wrong with a bundle of sigstore as the signature of an artifact; undefined where it is good. */
export async function bundleProblem(
  bundle: Buffer,
  digest: Digest,
  keys: readonly KeyObject[],
): Promise<string | undefined> {
  const value = jsonOf(bundle);
  if (!Value.Check(bundleSchema, value)) return 'its bundle holds no signed statement';
  const { dsseEnvelope } = value;
  const payload = Buffer.from(dsseEnvelope.payload, 'base64');
  const signed = preAuthentication(dsseEnvelope.payloadType, payload);
  const signatures = dsseEnvelope.signatures.map(({ sig }) => isSignedBy(keys, signed, Buffer.from(sig, 'base64')));
  if (!(await Promise.all(signatures)).includes(true)) return 'none of the keys has made it';
  const statement = jsonOf(payload);
  if (dsseEnvelope.payloadType !== payloadType || !Value.Check(statementSchema, statement))
    return 'what it signs is no statement about an artifact';
  if (statement.predicateType !== signaturePredicate)
    return `it states ${statement.predicateType.slice(0, 100)}, which is no signature`;
  const isSubject = statement.subject.some((subject) => subject.digest[algorithmOf(digest)] === hexOf(digest));
  return isSubject ? undefined : 'it is for something else';
}

/** What is signed in a DSSE envelope: the type and the payload, each with its length before it. */
function preAuthentication(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
