import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Application, parseApplication } from '../../api/index.ts';
import { countAttempt, isExhausted, retryDelay } from './retry.ts';

function application(retry?: object): Application {
  return parseApplication({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'prod' },
    spec: { source: { repositoryRef: { name: 'apps' } }, sync: retry === undefined ? {} : { retry } },
  });
}

const delays = (retry: object | undefined, count: number): number[] =>
  Array.from({ length: count }, (_, index) => retryDelay(application(retry), index + 1));

test('a sync that fails is tried again after 2 s, then twice as long, to 5 minutes, and for ever', () => {
  expect(delays(undefined, 10)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000));
  expect(retryDelay(application(), 10_000)).toBe(300_000);
});

test('the backoff and the limit are those of the Application', () => {
  const retry = { limit: 3, backoff: { duration: '1s', factor: 3, maxDuration: '5s' } };
  expect(delays(retry, 5)).toEqual([1_000, 3_000, 5_000, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect(delays({ limit: 0 }, 1)).toEqual([Number.POSITIVE_INFINITY]);
});

const failing = { digest: 'd', generation: 1, left: 5 };

test('other content, another generation, and an attempt that came further count anew', () => {
  const before = { ...failing, attempts: 7 };
  expect(countAttempt(undefined, failing)).toEqual({ attempts: 1, left: 5 });
  expect(countAttempt(before, failing)).toEqual({ attempts: 8, left: 5 });
  expect(countAttempt(before, { ...failing, digest: 'e' })).toEqual({ attempts: 1, left: 5 });
  expect(countAttempt(before, { ...failing, generation: 2 })).toEqual({ attempts: 1, left: 5 });
  expect(countAttempt(before, { ...failing, left: 4 })).toEqual({ attempts: 1, left: 4 });
  expect(countAttempt(before, { ...failing, left: 6 })).toEqual({ attempts: 8, left: 5 });
});

test('property: whatever attempts come to, they end where there is a limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (limit, lefts) => {
      const app = application({ limit });
      const tries = { digest: 'd', generation: 1, attempts: 0, left: 21, message: '' };
      let count = 0;
      for (const left of lefts) {
        Object.assign(tries, countAttempt(count === 0 ? undefined : tries, { ...failing, left }));
        count += 1;
        if (isExhausted(app, tries)) break;
        // Each of the 20 steps further may be followed by as many failures as the limit.
        expect(count).toBeLessThanOrEqual(20 * (limit + 1));
      }
      expect(retryDelay(app, tries.attempts)).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});
