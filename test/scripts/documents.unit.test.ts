import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import { parseApplication, parseRepository } from '../../src/api/index.ts';
import type { KubeObject } from '../../src/object.ts';
import { parseOperatorConfig } from '../../src/operator/index.ts';
import { shownBlock } from '../support/documents.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))].filter((name) =>
  name.endsWith('.md'),
);

/** Whole resources of ours that a page shows, in a fence or indented. */
function resourcesOf(page: string): readonly KubeObject[] {
  const text = readFileSync(join(root, page), 'utf8');
  const fenced = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = '']) => block);
  const indented = [...text.matchAll(/(?:^ {4}.*\n|^\n)+/gm)].map(([block]) => block.replaceAll(/^ {4}/gm, ''));
  return [...fenced, ...indented]
    .filter((block) => /^apiVersion: plumbline\.dev\//m.test(block))
    .flatMap((block) => {
      // Two resources under one another, with a line between them and no separator.
      const documents = block.trim().split(/\n(?:---\n)?(?=apiVersion: )/);
      return documents.flatMap((document) => loadAll(document) as KubeObject[]);
    })
    .filter(({ apiVersion }) => apiVersion.startsWith('plumbline.dev/'));
}

const shown = pages.flatMap((page) => resourcesOf(page).map((object) => [page, object.kind, object] as const));

test('pages show resources', () => {
  expect(new Set(shown.map(([page]) => page)).size).toBeGreaterThan(5);
});

test.each(shown)('%s shows a whole %s', (_page, kind, object) => {
  expect(['Application', 'Repository']).toContain(kind);
  const parse = kind === 'Application' ? parseApplication : parseRepository;
  // The API server fills in the namespace of whoever asks.
  const stored = { ...object, metadata: { namespace: 'default', ...object.metadata } };
  expect(() => parse(stored)).not.toThrow();
});

test('the configuration of an operator is one', () => {
  const config = parseOperatorConfig(shownBlock('docs/operators.md', 'operator-config'));
  expect(config).toMatchObject({
    watchNamespace: 'shop',
    gitSync: { enabled: true, branch: 'main', path: 'namespaces' },
  });
});

/** Files of tests that a page names as its proof. */
const proofs = pages.flatMap((page) =>
  [...new Set(readFileSync(join(root, page), 'utf8').match(/(?<=`)(?:src|test|bench)\/[\w./-]+\.test\.ts(?=`)/g))].map(
    (file) => [page, file] as const,
  ),
);

test('tests that pages name are there', () => {
  expect(proofs.length).toBeGreaterThan(50);
  expect(proofs.filter(([, file]) => !existsSync(join(root, file)))).toEqual([]);
});

test('each row of the annotations of other tools names a test', () => {
  const text = readFileSync(join(root, 'docs/compatibility.md'), 'utf8');
  const tables = text.split(/\n\n/).filter((block) => /^\|.*\| test \|$/m.test(block));
  expect(tables.length).toBeGreaterThan(4);
  const rows = tables.flatMap((table) => table.split('\n').slice(2).filter(Boolean));
  expect(rows.filter((row) => !row.endsWith('.test.ts` |'))).toEqual([]);
});
