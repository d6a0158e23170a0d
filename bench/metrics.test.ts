import { expect, test } from 'vitest';
import { allCalls, ownCalls } from './account.ts';
import { difference, samplesOf, total } from './metrics.ts';

const exposition = `# HELP apiserver_request_total [STABLE] Counter of apiserver requests
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",resource="deployments",subresource="",verb="APPLY"} 3
apiserver_request_total{code="201",resource="deployments",subresource="",verb="APPLY"} 4
apiserver_request_total{code="200",resource="applications",subresource="status",verb="PATCH"} 2
apiserver_request_total_other{code="200"} 9
apiserver_flowcontrol_dispatched_requests_total{flow_schema="bench-writes",priority_level="exempt"} 5
apiserver_flowcontrol_dispatched_requests_total{flow_schema="exempt",priority_level="exempt"} 50
odd{text="a \\"quote\\", a brace } and a\\nbreak"} 1.5e+03
`;

test('samples are those of the metric alone, with their labels as they were', () => {
  expect(samplesOf(exposition, 'apiserver_request_total')).toHaveLength(3);
  expect(samplesOf(exposition, 'odd')).toEqual([
    { labels: { text: 'a "quote", a brace } and a\nbreak' }, value: 1500 },
  ]);
  expect(samplesOf(exposition, 'absent')).toEqual([]);
});

test('calls are counted by verb and resource, whatever their answer was', () => {
  const calls = allCalls(exposition);
  expect(Object.fromEntries(calls)).toEqual({ 'APPLY deployments': 7, 'PATCH applications/status': 2 });
  expect(total(calls)).toBe(9);
});

test('calls of the system under test are those of its FlowSchemas', () => {
  expect(Object.fromEntries(ownCalls(exposition))).toEqual({ writes: 5 });
});

test('a difference holds what grew', () => {
  const before = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  const after = new Map([
    ['a', 4],
    ['b', 2],
    ['c', 1],
  ]);
  expect(Object.fromEntries(difference(before, after))).toEqual({ a: 3, c: 1 });
});
