import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import { parseApplication, parseRepository } from '../api/index.ts';
import { parseRegistrySelector } from './selector.ts';
import { parseHelmUrl, parseOciUrl } from './url.ts';

test('what the page on sources shows is what the custom resources and this room understand', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'sources.md'), 'utf8');
  const block = text.split('\n').filter((line) => line.startsWith('    '));
  const objects = loadAll(block.map((line) => line.slice(4)).join('\n')) as { readonly kind: string }[];
  expect(objects.map(({ kind }) => kind)).toEqual(['Repository', 'Repository', 'Application']);
  const [artifact, charts] = objects.slice(0, 2).map(parseRepository);
  const application = parseApplication(objects[2]);
  expect(parseOciUrl(artifact?.spec.url ?? '', false).repository).toBe('example/manifests');
  expect(parseHelmUrl(charts?.spec.url ?? '').host).toBe('charts.example.com');
  for (const ref of [artifact?.spec.ref, application.spec.source?.ref])
    expect(parseRegistrySelector({ ...ref }).kind).toBe('range');
});
