import { expect, test } from 'vitest';
import type { PathChange } from '../../render/index.ts';
import type { SourcePart } from '../application/context.ts';
import { chartReach } from './chart-reach.ts';

/** A source whose chart needs charts from these URLs. */
const needing = (...urls: readonly string[]): SourcePart => ({
  source: { repositoryRef: { name: 'apps' }, path: 'web' },
  origin: {
    resolve: unused,
    tree: unused,
    changes: unused,
    refusal: unused,
  },
  version: { revision: 'a', content: 'b', ref: 'refs/heads/main', at: new Date(0), subject: '' },
  group: 'prod/apps@HEAD',
  url: 'https://git.example.org/apps',
  async completeChart(files, _request, _signal, beforeConnecting) {
    for (const url of urls) beforeConnecting?.(url);
    return { files, warnings: [] };
  },
});

function unused(): never {
  throw new Error('nothing else is asked');
}

async function complete({ completeChart }: SourcePart): Promise<string> {
  const files = { stat: unused, read: unused, list: unused };
  const request = { path: 'web', source: { kind: 'helm' } } as const;
  const done = completeChart?.(files, request, new AbortController().signal) ?? unused();
  return done.then(
    () => 'complete',
    (error: unknown) => (error as { code: string }).code,
  );
}

const changed = (path: string): readonly PathChange[] => [{ path, change: 'modified' }];
const cases: readonly (readonly [string, readonly string[], readonly string[], string, boolean, string])[] = [
  ['the same charts', ['https://a'], ['https://a'], 'web/values.yaml', false, 'complete'],
  ['another version from the same place', ['https://a'], ['https://a'], 'web/Chart.yaml', false, 'complete'],
  ['another place', ['https://a'], ['https://a', 'https://b'], 'web/Chart.yaml', false, 'render.chart-dependency'],
  ['a place where there was none', [], ['https://a'], 'web/Chart.yaml', false, 'render.chart-dependency'],
  ['a fork that leaves them alone', ['https://a'], ['https://a'], 'web/values.yaml', true, 'complete'],
  ['a fork with another version', ['https://a'], ['https://a'], 'web/Chart.lock', true, 'render.chart-dependency'],
  ['a fork with another place', ['https://a'], ['https://b'], 'web/values.yaml', true, 'render.chart-dependency'],
];

test.each(cases)('%s', async (_name, base, head, path, isFork, outcome) => {
  const reach = chartReach(changed(path), isFork);
  expect(await complete(reach.base(needing(...base)))).toBe('complete');
  expect(await complete(reach.head(needing(...head)))).toBe(outcome);
});

test('what needs no charts is left as it is', () => {
  const { completeChart: _none, ...part } = needing();
  expect(chartReach([], true).head(part)).toBe(part);
});
