import { type Ref, type Repository, typeOf } from '../../api/index.ts';
import type { Egress } from '../../egress.ts';
import type { RegistryCache } from '../../registry/index.ts';
import type { RepositoryAccess } from '../access/credentials.ts';
import { openGitUpstream } from './git-upstream.ts';
import type { Accepted, Judgement } from './judge.ts';
import type { Observer } from '../observer.ts';
import type { Origin, Version } from '../rendering/origin.ts';
import type { Policy } from '../application/policy.ts';
import type { Proposals } from '../forge/proposals.ts';
import { openRegistryUpstream } from './registry-upstream.ts';

/** What somebody wants to know the newest version of. */
export interface Wanted {
  readonly ref: Ref | undefined;
  /** Name of a chart, in a Repository of charts and there only. */
  readonly chart: string | undefined;
}

/** What a Repository leads to: a Git repository, a registry, charts. */
export interface Upstream {
  /** The versions of a chart; of everything where there are no charts. */
  origin(chart: string | undefined): Origin;
  /** What a reference stands for now. @throws PlumbError why it cannot be told */
  fetch(wanted: Wanted, signal: AbortSignal): Promise<Version>;
  /**
   * Whether a reference may go on to a version.
   * @param last what was accepted of this reference before, by this or an earlier policy
   */
  judge(selector: string, version: Version, last: Accepted | undefined, signal: AbortSignal): Promise<Judgement>;
  /** The version that was accepted last, where it is accepted still and is to be had. */
  lastGood(wanted: Wanted, last: Accepted | undefined, signal: AbortSignal): Promise<Version | undefined>;
  /** Commits that nobody follows, as pull requests have them; undefined of what is no Git repository. */
  readonly proposals: Proposals | undefined;
  /** Accepts by this policy from now on. */
  judgeBy(policy: Policy): void;
  /** Is let in another way from now on. */
  reconnect(access: RepositoryAccess): void;
  close(): Promise<void>;
}

/** What `openUpstream` needs. */
export interface UpstreamOptions {
  readonly repository: Repository;
  /** How the repository lets Plumbline in. */
  readonly access: RepositoryAccess;
  /** What a version has to be like to be accepted. */
  readonly policy: Policy;
  /** Folder of all mirrors. */
  readonly directory: string;
  readonly allowFileUrls: boolean;
  /** How a submodule on another server lets Plumbline in. */
  readonly accessFor: (url: string) => Promise<RepositoryAccess>;
  readonly egress?: Egress;
  readonly observer?: Observer | undefined;
  /** What all registries share. */
  readonly registryCache: RegistryCache;
  readonly signal: AbortSignal;
}

/** Opens what a Repository leads to. @throws PlumbError where its URL or its credentials cannot be used */
export async function openUpstream(options: UpstreamOptions): Promise<Upstream> {
  return typeOf(options.repository) === 'Git' ? openGitUpstream(options) : openRegistryUpstream(options);
}
