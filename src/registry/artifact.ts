import type { Digest } from './digest.ts';
import type { ArtifactTree } from './tree.ts';

/** What is asked for: one field at most, and with none the tag `latest` of an artifact, the highest release of a chart. */
export interface RegistrySelector {
  /** This manifest of a registry, or this archive of a Helm repository. */
  readonly digest?: string;
  /** This tag of a registry, or exactly this version of a chart. */
  readonly tag?: string;
  /** The highest version in this range, as Helm reads ranges. */
  readonly semver?: string;
}

/** One artifact or chart, with its files. */
export interface Artifact {
  /** Of the manifest, in a registry; of the archive, in a Helm repository. Equal digests mean equal files. */
  readonly digest: Digest;
  /** The tag, or the version of a chart; undefined where it was asked for by its digest. */
  readonly version: string | undefined;
  /** How to name it to people: `oci://ghcr.io/org/app:1.2.3@sha256:…`. */
  readonly ref: string;
  /** When it was made, as it says itself; the beginning of 1970 where it says nothing. */
  readonly createdAt: Date;
  /** Where its source is, and which revision of it this is, as it says itself. */
  readonly source: string | undefined;
  readonly revision: string | undefined;
  /** Whether a signature was asked for and verified. */
  readonly verified: boolean;
  readonly tree: ArtifactTree;
}

/** What a fetch found. */
export interface RegistryOutcome {
  readonly artifact: Artifact;
  /** What was seen before, where anything was. */
  readonly previous?: Digest;
  readonly change: 'unchanged' | 'changed' | 'created';
}

/** A time as annotations have it; the beginning of 1970 where it is none. */
export function timeOf(text: string | undefined): Date {
  const time = Date.parse(text ?? '');
  return new Date(Number.isNaN(time) ? 0 : time);
}
