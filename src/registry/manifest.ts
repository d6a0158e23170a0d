import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { plumbError } from '../errors.ts';
import { asDigest, type Digest } from './digest.ts';

const annotations = Type.Optional(Type.Record(Type.String(), Type.String()));

const descriptorSchema = Type.Object({
  mediaType: Type.String(),
  digest: Type.String(),
  size: Type.Integer({ minimum: 0 }),
  annotations,
  artifactType: Type.Optional(Type.String()),
  platform: Type.Optional(
    Type.Object({ os: Type.Optional(Type.String()), architecture: Type.Optional(Type.String()) }),
  ),
});

const manifestSchema = Type.Object({
  schemaVersion: Type.Literal(2),
  mediaType: Type.Optional(Type.String()),
  artifactType: Type.Optional(Type.String()),
  config: descriptorSchema,
  layers: Type.Array(descriptorSchema),
  annotations,
});

const indexSchema = Type.Object({
  schemaVersion: Type.Literal(2),
  mediaType: Type.Optional(Type.String()),
  manifests: Type.Array(descriptorSchema),
  annotations,
});

/** A piece of content as a manifest names it. */
export type Descriptor = Omit<Static<typeof descriptorSchema>, 'digest'> & { readonly digest: Digest };

/** The manifest of one artifact. */
export interface Manifest {
  readonly kind: 'manifest';
  readonly artifactType: string | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** A list of manifests: an image for several platforms, or what refers to an artifact. */
export interface Index {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** Media types that are asked for. */
export const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/** An artifact in more layers is none that Plumbline reads. */
const mostLayers = 128;

/** Reads a manifest or an index. @throws PlumbError `registry.answer-invalid` */
export function parseManifest(bytes: Uint8Array, name: string): Manifest | Index {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw plumbError('registry.answer-invalid', `the manifest of ${name} is not JSON`, { cause: error });
  }
  // A document that can be read as both would mean one thing to one reader and another to the next.
  const both = typeof value === 'object' && value !== null && 'manifests' in value && 'layers' in value;
  if (!both && Value.Check(indexSchema, value)) {
    const manifests = value.manifests.map((each) => descriptorOf(each, name));
    return { kind: 'index', manifests, annotations: value.annotations ?? {} };
  }
  if (both || !Value.Check(manifestSchema, value) || value.layers.length > mostLayers)
    throw plumbError('registry.answer-invalid', `the manifest of ${name} has not the form that OCI gives it`);
  return {
    kind: 'manifest',
    artifactType: value.artifactType,
    config: descriptorOf(value.config, name),
    layers: value.layers.map((each) => descriptorOf(each, name)),
    annotations: value.annotations ?? {},
  };
}

function descriptorOf(value: Static<typeof descriptorSchema>, name: string): Descriptor {
  const digest = asDigest(value.digest);
  if (digest !== undefined) return { ...value, digest };
  throw plumbError('registry.answer-invalid', `the manifest of ${name} names content by something that is no digest`);
}
