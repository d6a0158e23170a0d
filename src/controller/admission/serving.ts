import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { problemsOf } from '../../errors.ts';
import { type KubeClient, watchCache } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import { type Sensitive, sensitive } from '../../sensitive.ts';
import type { Log } from '../log.ts';
import { secretKeys } from '../access/secret-keys.ts';
import {
  isServerCertificateOf,
  type KeyedCertificate,
  makeAuthority,
  makeServerCertificate,
  renewalTime,
} from './certificates.ts';
import { servingName } from './names.ts';

/** What the webhook is served with, as its Secret keeps it. */
export interface Serving {
  readonly authority: KeyedCertificate;
  /** The authority before, PEM: another process may still show what it has signed. */
  readonly previous: string | undefined;
  readonly server: KeyedCertificate;
  /** Under which path it answers. */
  readonly path: string;
}

/** What a server shows, and where it answers. */
export interface ServingMaterial {
  readonly certificate: string;
  readonly key: Sensitive;
  readonly path: Sensitive;
}

/** As it is kept, and as it shall be. */
export interface KeptServing {
  readonly serving: Serving;
  /** When there will be something to renew, in milliseconds since 1970. */
  readonly renewAt: number;
  /** Writes it down; nothing where it is as it was. To be called when the API server believes the authority. */
  readonly write: (signal: AbortSignal) => Promise<void>;
}

const pathBytes = 32;

/** Reads what the webhook is served with, and makes anew what is missing, broken or old. */
export async function readServing(
  { client, namespace }: { readonly client: KubeClient; readonly namespace: string },
  hosts: readonly [string, ...string[]],
  now: number,
  signal: AbortSignal,
): Promise<KeptServing> {
  const there = await client.get({ group: '', kind: 'Secret', namespace, name: servingName }, { signal });
  const before = there === undefined ? undefined : parseServing(there);
  const serving = current(before, hosts, now);
  const renewAt = Math.min(renewalTime(serving.server.certificate), renewalTime(serving.authority.certificate));
  const write = async (call: AbortSignal): Promise<void> => {
    if (isDeepStrictEqual(serving, before)) return;
    const secret = secretOf(serving, namespace, there);
    if (there === undefined) await client.create(secret, { signal: call });
    else await client.update(secret, { signal: call });
  };
  return { serving, renewAt, write };
}

function current(before: Serving | undefined, hosts: readonly [string, ...string[]], now: number): Serving {
  const path = before?.path ?? randomBytes(pathBytes).toString('base64url');
  const keeps = before !== undefined && isFresh(before.authority.certificate, now);
  const authority = keeps ? before.authority : makeAuthority(now);
  const previous = keeps ? before.previous : before?.authority.certificate;
  const serves =
    keeps &&
    isFresh(before.server.certificate, now) &&
    isServerCertificateOf(authority.certificate, before.server, hosts);
  return { authority, previous, path, server: serves ? before.server : makeServerCertificate(authority, hosts, now) };
}

const isFresh = (certificate: string, now: number): boolean => now < renewalTime(certificate);

/** Undefined where the Secret does not hold what it should: it is made anew then. */
function parseServing(secret: KubeObject): Serving | undefined {
  const keys = secretKeys(secret);
  const [authority, authorityKey, server, serverKey, path] = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key', 'path'].map(
    (name) => keys.text(name),
  );
  if (authority === undefined || authorityKey === undefined || server === undefined) return undefined;
  if (serverKey === undefined || path === undefined) return undefined;
  const previous = keys.text('previous-ca.crt');
  const serving = {
    authority: { certificate: ended(authority), key: ended(authorityKey) },
    previous: previous === undefined ? undefined : ended(previous),
    server: { certificate: ended(server), key: ended(serverKey) },
    path,
  };
  try {
    renewalTime(serving.authority.certificate);
    if (serving.previous !== undefined) renewalTime(serving.previous);
    return isServerCertificateOf(serving.authority.certificate, serving.server, []) ? serving : undefined;
  } catch {
    return undefined;
  }
}

const ended = (pem: string): string => `${pem}\n`;

function secretOf({ authority, previous, server, path }: Serving, namespace: string, there?: KubeObject): KubeObject {
  const data = {
    'ca.crt': authority.certificate,
    'ca.key': authority.key,
    ...(previous === undefined ? {} : { 'previous-ca.crt': previous }),
    'tls.crt': server.certificate,
    'tls.key': server.key,
    path,
  };
  const resourceVersion = there?.metadata.resourceVersion;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: servingName, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  };
}

/** What a watch of the material is begun with. */
export interface WatchServingOptions {
  readonly client: KubeClient;
  /** The system namespace. */
  readonly namespace: string;
  /** Told at the beginning, where there is some, and whenever it is another one. */
  readonly onMaterial: (material: ServingMaterial) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Follows the Secret that the webhook is served with, which the process that leads keeps. */
export function watchServing({ client, namespace, onMaterial, log, signal }: WatchServingOptions): void {
  watchCache<true>({
    client,
    resource: { group: '', kind: 'Secret' },
    namespace,
    fieldSelector: `metadata.name=${servingName}`,
    project: () => true,
    onChange: (change) => {
      const serving = change.type === 'deleted' ? undefined : parseServing(change.object);
      if (serving === undefined) return;
      const { server, path } = serving;
      onMaterial({ certificate: server.certificate, key: sensitive(server.key), path: sensitive(path) });
    },
    onError: (error) => log.warn({ secret: servingName, problems: problemsOf(error) }, 'watch failed'),
    signal,
  });
}
