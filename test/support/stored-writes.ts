import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import type { ClusterPlace } from '../../src/local/index.ts';

interface RangeAnswer {
  readonly kvs?: readonly { readonly key: string; readonly version: string }[];
}

const base64 = (value: string): string => Buffer.from(value).toString('base64');

/**
 * How often each object was written since it was created, by its key below `/registry/`: etcd counts that itself, so
 * it is known whatever the API server, its watches and its clients have seen of it.
 */
export async function storedWrites(place: ClusterPlace, prefix: string): Promise<ReadonlyMap<string, number>> {
  const pki = (name: string): Promise<Buffer> => readFile(join(place.directory, 'pki', name));
  const [ca, cert, key, ports] = await Promise.all([
    pki('ca.crt'),
    pki('etcd-client.crt'),
    pki('etcd-client.key'),
    readFile(join(place.directory, 'ports.json'), 'utf8'),
  ]);
  const { etcd } = JSON.parse(ports) as { etcd: number };
  const from = `/registry/${prefix}`;
  const end = from.slice(0, -1) + String.fromCodePoint((from.codePointAt(from.length - 1) ?? 0) + 1);
  const body = JSON.stringify({ key: base64(from), range_end: base64(end), keys_only: true });
  const answer = await new Promise<string>((resolve, reject) => {
    const options = { method: 'POST', ca, cert, key, timeout: 10_000 };
    request(`https://127.0.0.1:${etcd}/v3/kv/range`, options, (response) => {
      text(response).then(resolve, reject);
    })
      .on('error', reject)
      .end(body);
  });
  const { kvs = [] } = JSON.parse(answer) as RangeAnswer;
  return new Map(
    kvs.map((kv) => [Buffer.from(kv.key, 'base64').toString('utf8').slice('/registry/'.length), Number(kv.version)]),
  );
}
