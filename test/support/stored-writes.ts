import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import type { ClusterPlace } from '../../src/local/index.ts';

interface RangeAnswer {
  readonly header: { readonly revision: string };
  readonly kvs?: readonly { readonly key: string; readonly version: string }[];
}

const base64 = (value: string): string => Buffer.from(value).toString('base64');

/** Calls etcd itself, by its gateway for JSON. */
async function etcd<T>(place: ClusterPlace, path: string, body: object): Promise<T> {
  const pki = (name: string): Promise<Buffer> => readFile(join(place.directory, 'pki', name));
  const [ca, cert, key, ports] = await Promise.all([
    pki('ca.crt'),
    pki('etcd-client.crt'),
    pki('etcd-client.key'),
    readFile(join(place.directory, 'ports.json'), 'utf8'),
  ]);
  const { etcd: port } = JSON.parse(ports) as { etcd: number };
  const answer = await new Promise<string>((resolve, reject) => {
    const options = { method: 'POST', ca, cert, key, timeout: 180_000 };
    request(`https://127.0.0.1:${port}/v3/kv/${path}`, options, (response) => {
      text(response).then(resolve, reject);
    })
      .on('error', reject)
      .end(JSON.stringify(body));
  });
  return JSON.parse(answer) as T;
}

/**
 * How often each object was written since it was created, by its key below `/registry/`: etcd counts that itself, so
 * it is known whatever the API server, its watches and its clients have seen of it.
 */
export async function storedWrites(place: ClusterPlace, prefix: string): Promise<ReadonlyMap<string, number>> {
  const from = `/registry/${prefix}`;
  const end = from.slice(0, -1) + String.fromCodePoint((from.codePointAt(from.length - 1) ?? 0) + 1);
  const range = { key: base64(from), range_end: base64(end), keys_only: true };
  const { kvs = [] } = await etcd<RangeAnswer>(place, 'range', range);
  return new Map(
    kvs.map((kv) => [Buffer.from(kv.key, 'base64').toString('utf8').slice('/registry/'.length), Number(kv.version)]),
  );
}

/** Has etcd forget all that was before now: no watch and no list can go on from there. */
export async function compact(place: ClusterPlace): Promise<void> {
  const { header } = await etcd<RangeAnswer>(place, 'range', { key: base64('/registry/') });
  const answer = await etcd<{ readonly error?: string }>(place, 'compaction', {
    revision: header.revision,
    physical: true,
  });
  if (answer.error !== undefined) throw new Error(answer.error);
}
