/** What is always true of an error code. */
export interface CatalogueEntry {
  /** What the code means, for docs/errors.md. */
  readonly summary: string;
  /** What a person does about it. */
  readonly hint: string;
  /** True where the same call may succeed later with no change of its input. */
  readonly transient: boolean;
}
