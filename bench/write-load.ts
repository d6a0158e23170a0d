import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'undici';
import type { Followed } from './follow.ts';
import type { BenchObject } from './workload.ts';

/** How much is written. */
export interface WriteRate {
  readonly minutes: number;
  /** Writes in a minute, at even intervals, whether or not earlier ones were answered. */
  readonly writesPerMinute: number;
}

const patience = 300_000;

/** A write, and what became of it. */
export interface Sent {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly sentAt: number;
  answeredAt: number | undefined;
  arrivedAt: number | undefined;
  commit: string | undefined;
  refusal: string | undefined;
}

const configMap = (namespace: string, name: string, id: string): BenchObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data: { write: id },
});

interface Answer {
  readonly status: number;
  readonly commit: string | undefined;
  readonly text: string;
}

async function send(
  people: Pool,
  token: string,
  method: 'POST' | 'PATCH',
  path: string,
  body: object,
  key: string,
): Promise<Answer> {
  const { statusCode, body: answer } = await people.request({
    method,
    path: `/api/v1/namespaces/${path}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
    headersTimeout: 120_000,
  });
  const text = await answer.text();
  const parsed = JSON.parse(text) as { readonly commit?: string };
  return { status: statusCode, commit: parsed.commit, text };
}

/** The namespaces are known, and the first write of each has made its folder. */
export async function untilReady(people: Pool, token: string, namespaces: readonly string[]): Promise<void> {
  const deadline = performance.now() + patience;
  for (const namespace of namespaces) {
    for (;;) {
      const path = `${namespace}/objects?message=first`;
      const answer = await send(
        people,
        token,
        'POST',
        path,
        configMap(namespace, 'first', 'first'),
        `first-${namespace}`,
      );
      if (answer.status < 300) break;
      if (performance.now() > deadline) throw new Error(`the first write was answered with ${answer.text}`);
      await delay(500);
    }
  }
}

/** Every third write changes what an earlier one has made; the others make something new. */
export async function writeAll(
  people: Pool,
  token: string,
  namespaces: readonly string[],
  followed: readonly Followed[],
  { minutes, writesPerMinute }: WriteRate,
): Promise<readonly Sent[]> {
  const count = Math.round(minutes * writesPerMinute);
  const sent: Sent[] = [];
  const ends: Promise<void>[] = [];
  const began = performance.now();
  for (let index = 0; index < count; index += 1) {
    await delay(Math.max(0, began + (index * 60_000) / writesPerMinute - performance.now()));
    const place = index % namespaces.length;
    const namespace = namespaces[place] ?? '';
    // So long ago that it was answered, as a person changes what is there.
    const earlier = index % 3 === 2 ? sent[index - 20 * namespaces.length] : undefined;
    const write: Sent = {
      id: `write-${index}`,
      namespace,
      name: earlier?.name ?? `object-${index}`,
      sentAt: performance.now(),
      answeredAt: undefined,
      arrivedAt: undefined,
      commit: undefined,
      refusal: undefined,
    };
    sent.push(write);
    ends.push(writeOne(people, token, followed[place], write, earlier !== undefined));
  }
  await Promise.all(ends);
  return sent;
}

async function writeOne(
  people: Pool,
  token: string,
  followed: Followed | undefined,
  write: Sent,
  isChange: boolean,
): Promise<void> {
  const { id, namespace, name } = write;
  const seen = followed?.next(({ object }) => object.metadata.name === name && dataOf(object) === id, patience, id);
  const path = isChange ? `${namespace}/objects/ConfigMap/${name}` : `${namespace}/objects`;
  const body = isChange ? { data: { write: id } } : configMap(namespace, name, id);
  const answer = await send(people, token, isChange ? 'PATCH' : 'POST', `${path}?message=${id}`, body, id);
  write.answeredAt = performance.now();
  write.commit = answer.commit;
  if (answer.status < 300) write.arrivedAt = (await seen)?.at;
  else write.refusal = answer.text;
  seen?.catch(() => {});
}

const dataOf = (object: BenchObject): string | undefined =>
  (object['data'] as { readonly write?: string } | undefined)?.write;
