/** Bounds of what is fetched and unpacked. */
export interface RegistryLimits {
  /** One layer or chart as it comes, in bytes. */
  readonly packedBytes: number;
  /** All files of one artifact, in bytes. */
  readonly unpackedBytes: number;
  /** Entries of one artifact, folders among them. */
  readonly entries: number;
  /** How many times larger than its archive an artifact may be, beyond the first 16 MiB. */
  readonly ratio: number;
  /** The index of a Helm repository, in bytes. */
  readonly indexBytes: number;
  /** One operation with all that it asks, in milliseconds. */
  readonly milliseconds: number;
}

/** The bounds where nothing else is said. */
export const defaultLimits: RegistryLimits = {
  packedBytes: 64 * 1024 * 1024,
  unpackedBytes: 128 * 1024 * 1024,
  entries: 20_000,
  ratio: 200,
  indexBytes: 64 * 1024 * 1024,
  milliseconds: 180_000,
};
