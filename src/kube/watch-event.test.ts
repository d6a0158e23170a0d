import { expect, test } from 'vitest';
import { parseWatchEvent } from './watch-event.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', resourceVersion: '7' } };

test('changes are read whole', () => {
  for (const type of ['ADDED', 'MODIFIED', 'DELETED']) {
    expect(parseWatchEvent(JSON.stringify({ type, object: pod }))).toEqual({ type, object: pod });
  }
});

const bookmark = (annotations: Record<string, string> | undefined) =>
  parseWatchEvent(
    JSON.stringify({ type: 'BOOKMARK', object: { ...pod, metadata: { resourceVersion: '9', annotations } } }),
  );

test('a bookmark tells the version, and whether it ends the initial state', () => {
  expect(bookmark(undefined)).toEqual({ type: 'BOOKMARK', resourceVersion: '9', initial: false });
  expect(bookmark({ 'k8s.io/initial-events-end': 'true' })).toEqual({
    type: 'BOOKMARK',
    resourceVersion: '9',
    initial: true,
  });
});

test('an error event holds the Status', () => {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    code: 410,
    reason: 'Expired',
    message: 'too old resource version: 1 (2)',
  };
  expect(parseWatchEvent(JSON.stringify({ type: 'ERROR', object: status }))).toMatchObject({
    type: 'ERROR',
    status: { code: 410, reason: 'Expired' },
  });
});

test.each([
  '',
  'null',
  '[]',
  '{"type":"ADDED"}',
  '{"type":"SECRET","object":{}}',
  '<html>',
  '{"type":"ERROR","object":{}}',
])('what is no event is refused without quoting it: %s', (line) => {
  expect(() => parseWatchEvent(line)).toThrow(/\(kube\.protocol\)$/);
  if (line.length > 2) expect(() => parseWatchEvent(line)).not.toThrow(line);
});
