import fc from 'fast-check';
import { expect, test } from 'vitest';
import { webhookFixture, webhookFixtures } from '../../../test/support/webhooks.ts';
import { webhookKinds } from './types.ts';
import { receiveWebhook } from './receive.ts';

/** Requests of which the parsers must make something or nothing, and never trouble. */
const allHeaders = webhookFixtures.map((name) => webhookFixture(name).headers);
const fields = [...new Set(webhookFixtures.flatMap((name) => Object.keys(webhookFixture(name).body)))];

function isOrderly(headers: Readonly<Record<string, string>>, body: Buffer, kind: number): void {
  const named = webhookKinds[kind % (webhookKinds.length + 1)];
  const { content, id } = receiveWebhook({ headers, body, ...(named === undefined ? {} : { kind: named }) }, 0);
  if (content.state === 'unreadable') {
    expect(content.problems.every(({ code }) => code.startsWith('forge.webhook-'))).toBe(true);
  } else {
    for (const key of content.delivery.repositories) expect(key).toMatch(/^[^/]+\/./);
    for (const { type } of content.delivery.events) expect(type).toMatch(/^[a-z-]+$/);
  }
  expect(id ?? '').toMatch(/^[\w.:{}?-]{0,200}$/);
}

test('any JSON, under any product’s headers, is read or refused', () => {
  const value = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom(...fields), tie('json'), { maxKeys: 6 }),
      fc.array(tie('json'), { maxLength: 3 }),
    ),
  })).json;
  fc.assert(
    fc.property(fc.constantFrom(...allHeaders), value, fc.nat(), (headers, json, kind) => {
      isOrderly(headers, Buffer.from(JSON.stringify(json)), kind);
    }),
    { numRuns: 1500 },
  );
});

test('any bytes, and any headers, are read or refused', () => {
  const header = fc.constantFrom(...new Set(allHeaders.flatMap(Object.keys)), 'authorization', 'webhook-signature');
  fc.assert(
    fc.property(
      fc.dictionary(header, fc.string({ unit: 'binary' }), { maxKeys: 6 }),
      fc.uint8Array({ maxLength: 64 }),
      fc.nat(),
      (headers, bytes, kind) => isOrderly(headers, Buffer.from(bytes), kind),
    ),
    { numRuns: 1000 },
  );
});

test('a fixture in which any one thing is another is read or refused', () => {
  const change = (value: unknown, path: number, other: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return other;
    const keys = Object.keys(value);
    const key = keys[path % (keys.length + 1)];
    if (key === undefined) return other;
    const inner = change((value as Record<string, unknown>)[key], Math.floor(path / (keys.length + 1)), other);
    return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
  };
  fc.assert(
    fc.property(fc.constantFrom(...webhookFixtures), fc.nat(), fc.jsonValue(), (name, path, other) => {
      const { headers, body } = webhookFixture(name);
      isOrderly(headers, Buffer.from(JSON.stringify(change(body, path, other))), webhookKinds.length);
    }),
    { numRuns: 1500 },
  );
});
