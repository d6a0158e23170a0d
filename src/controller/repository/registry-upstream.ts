import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { type Ref, typeOf } from '../../api/index.ts';
import { PlumbError, plumbError } from '../../errors.ts';
import { findRewind } from '../../git/index.ts';
import {
  type Artifact,
  changedPaths,
  openRegistrySource,
  type RegistryConnection,
  type RegistrySelector,
  type RegistrySource,
} from '../../registry/index.ts';
import type { RepositoryAccess } from '../access/credentials.ts';
import type { Origin, Version } from '../rendering/origin.ts';
import type { Upstream, UpstreamOptions } from './upstream.ts';

/** Unpacked artifacts that are kept at hand, in bytes; others are read from the disk again. */
const keptBytes = 64 * 1024 * 1024;

/** The reference as a registry is asked for it. @throws PlumbError `controller.reference-unsupported` */
function selectorOf(ref: Ref | undefined): RegistrySelector {
  if (ref?.tag !== undefined) return { tag: ref.tag };
  if (ref?.semver !== undefined) return { semver: ref.semver };
  if (ref?.digest !== undefined) return { digest: ref.digest };
  const [given] = Object.entries(ref ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  if (given === undefined) return {};
  throw plumbError('controller.reference-unsupported', `a ${given} names nothing in a registry`, {
    hint: 'Use tag, semver or digest.',
  });
}

/** What lets Git in over HTTPS lets a registry's client in too. */
export function registryConnectionOf(access: RepositoryAccess): RegistryConnection {
  const { credentials, dockerConfig, certificateAuthority, clientCertificate, proxy } = access;
  const connection: RegistryConnection = {
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(clientCertificate === undefined
      ? {}
      : { clientCertificate: { certificate: clientCertificate.certificate, key: clientCertificate.key } }),
    ...(proxy === undefined ? {} : { proxy }),
  };
  if (dockerConfig !== undefined)
    return { ...connection, credentials: { kind: 'docker-config', config: dockerConfig } };
  if (credentials === undefined) return connection;
  if (credentials.kind === 'ssh')
    throw plumbError('controller.secret-invalid', 'it holds an SSH key, which no registry takes');
  if (credentials.kind === 'bearer')
    return { ...connection, credentials: { kind: 'password', password: credentials.token } };
  if (credentials.kind !== 'https')
    throw plumbError('controller.secret-invalid', 'it holds a GitHub App, whose tokens no registry takes');
  const { username, password } = credentials;
  const login = { kind: 'password', password, ...(username === undefined ? {} : { username }) } as const;
  return { ...connection, credentials: login };
}

function versionOf({ digest, version, ref, createdAt, tree }: Artifact): Version {
  return { revision: digest, content: tree.id, ref: version ?? digest, at: createdAt, subject: ref };
}

/** A version as versions of Git are named. */
function tagRef({ ref }: { readonly ref: string }): string {
  return `refs/tags/${ref}`;
}

/** Opens a registry or a Helm repository. Nothing is sent yet. */
export function openRegistryUpstream(options: UpstreamOptions): Upstream {
  const { repository, registryCache: cache, observer, signal } = options;
  const type = typeOf(repository) === 'Helm' ? 'Helm' : 'OCI';
  const { credentialHosts } = repository.spec;
  let connection = registryConnectionOf(options.access);
  let { policy } = options;
  const sources = new Map<string, RegistrySource>();
  const known = new LRUCache<string, Artifact>({
    maxSize: keptBytes,
    sizeCalculation: ({ tree }) => tree.bytes + 1_000,
  });

  const sourceOf = (chart: string | undefined): RegistrySource => {
    if (policy.broken !== undefined) throw new PlumbError(policy.broken);
    const open = sources.get(chart ?? '');
    if (open !== undefined) return open;
    if (chart === undefined && type === 'Helm')
      throw plumbError('controller.reference-unsupported', 'the Repository is one of charts, and no `chart` is named');
    if (chart !== undefined && type === 'OCI')
      throw plumbError(
        'controller.reference-unsupported',
        `the chart ${chart} is named in a Repository of the type OCI`,
        {
          hint: 'Make the Repository one of the type Helm, or leave the chart out where the URL leads to it.',
        },
      );
    const source = openRegistrySource({
      url: repository.spec.url,
      type,
      ...(chart === undefined ? {} : { chart }),
      ...(policy.signers === undefined ? {} : { verify: policy.signers }),
      ...connection,
      ...(credentialHosts === undefined ? {} : { credentialHosts }),
      cache,
      signal,
    });
    sources.set(chart ?? '', source);
    return source;
  };

  const artifact = async (chart: string | undefined, selector: RegistrySelector, caller: AbortSignal) => {
    const source = sourceOf(chart);
    const begun = performance.now();
    const tell = (outcome: 'succeeded' | 'failed'): void =>
      observer?.registryFetched(outcome, performance.now() - begun);
    try {
      const found = await source.fetch(selector, { signal: caller });
      tell('succeeded');
      known.set(`${chart ?? ''} ${found.artifact.digest}`, found.artifact);
      return found.artifact;
    } catch (error) {
      if (!caller.aborted && !signal.aborted) tell('failed');
      throw error;
    }
  };

  const byDigest = async (chart: string | undefined, digest: string): Promise<Artifact> =>
    known.get(`${chart ?? ''} ${digest}`) ?? (await artifact(chart, { digest }, signal));

  const origin = (chart: string | undefined): Origin => ({
    async resolve(revision) {
      return byDigest(chart, revision).then(versionOf, (error: unknown) => {
        // Whoever could not be asked has not said that there is none.
        if (error instanceof PlumbError && error.code === 'registry.not-found') return undefined;
        throw error;
      });
    },
    tree: async ({ revision }) => (await byDigest(chart, revision)).tree,
    async changes(from, to) {
      const [before, after] = [from, to].map(({ revision }) => known.get(`${chart ?? ''} ${revision}`));
      return before === undefined || after === undefined ? undefined : changedPaths(before.tree, after.tree);
    },
    // Nothing comes from a source without the signatures that it asks for.
    refusal: async () => policy.broken ?? [],
  });

  return {
    origin,
    proposals: undefined,
    fetch: async ({ ref, chart }, caller) => versionOf(await artifact(chart, selectorOf(ref), caller)),
    async judge(selector, { revision, ref }, last) {
      const { broken, signers, rewind, acceptedRewind } = policy;
      if (broken !== undefined) return { verdict: 'refused', problems: broken };
      if (signers === undefined && rewind === 'Allow') return { verdict: 'accepted', accepted: undefined };
      if (rewind === 'Refuse' && last !== undefined && acceptedRewind !== revision) {
        // What came before what, a registry does not tell; of versions it is known.
        const [before, after] = [last, { revision, ref }].map((each) => ({ commit: each.revision, ref: tagRef(each) }));
        const back = before && after && (await findRewind(before, after, async () => true));
        if (back !== undefined) return { verdict: 'refused', problems: [back] };
      }
      const by = signers === undefined ? {} : { keys: signers.digest, signed: `${revision} by one of the keys` };
      const accepted = { selector, revision, ref, ...by };
      return { verdict: 'accepted', accepted: isDeepStrictEqual(last, accepted) ? last : accepted };
    },
    async lastGood({ chart }, last, caller) {
      if (last === undefined || policy.broken !== undefined) return undefined;
      return byDigest(chart, last.revision).then(versionOf, () => {
        caller.throwIfAborted();
        return undefined;
      });
    },
    judgeBy(next) {
      policy = next;
      sources.clear();
      // What other keys have signed is verified anew before anybody reads it.
      known.clear();
    },
    reconnect(access) {
      connection = registryConnectionOf(access);
      sources.clear();
    },
    close: async () => known.clear(),
  };
}
