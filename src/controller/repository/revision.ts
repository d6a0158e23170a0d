import type { Repository, Source } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import type { PathChange } from '../../render/index.ts';
import type { Version } from '../rendering/origin.ts';
import type { Wanted } from './upstream.ts';

/** What is known of one reference of one Repository. */
export type Revision =
  | { readonly state: 'pending' }
  | {
      readonly state: 'failed';
      readonly problems: readonly [Problem, ...Problem[]];
      readonly last: Version | undefined;
      /** The version that was fetched and not accepted; undefined where fetching failed. */
      readonly refused?: Version;
    }
  | { readonly state: 'ready'; readonly version: Version };

/** A reference moved to another commit, or could not be read, or could be again. */
export interface RevisionEvent {
  /** `namespace/name` of the Repository. */
  readonly repository: string;
  /** Identity of the reference, as `selectorId` writes it. */
  readonly selector: string;
  readonly revision: Revision;
  /** What differs from the commit before; undefined where that is not known, so that all must look. */
  readonly changes: readonly PathChange[] | undefined;
  readonly previous: Version | undefined;
}

/** The version that was accepted last; undefined before the first. */
export const lastOf = (revision: Revision): Version | undefined => {
  if (revision.state === 'ready') return revision.version;
  return revision.state === 'failed' ? revision.last : undefined;
};

/** One line that tells two references apart. */
export function selectorId({ ref, chart }: Wanted): string {
  const entry = Object.entries(ref ?? {}).find(([, value]) => value !== undefined);
  const name = entry === undefined ? 'HEAD' : `${entry[0]}:${entry[1]}`;
  return chart === undefined ? name : `chart:${chart}@${name}`;
}

/** What a source of an Application wants of its Repository. */
export function wantedBy({ ref, chart }: Pick<Source, 'ref' | 'chart'>, { spec }: Pick<Repository, 'spec'>): Wanted {
  return { ref: ref ?? spec.ref, chart };
}
