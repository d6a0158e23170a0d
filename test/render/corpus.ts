import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The corpus: beside the project, or beside a folder that holds it; or where PLUMBLINE_CORPUS says. */
export function corpusFolder(): string {
  const named = process.env['PLUMBLINE_CORPUS'];
  if (named !== undefined && named !== '') return named;
  for (let folder = join(import.meta.dirname, '..', '..'); ; folder = dirname(folder)) {
    const candidate = join(folder, 'shared', 'corpus');
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder))
      throw new Error('there is no shared/corpus beside the project: set PLUMBLINE_CORPUS');
  }
}

/** The folders in the corpus that hold a file of this name, relative to it. */
export function foldersWith(corpus: string, name: string): readonly string[] {
  return readdirSync(corpus, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => relative(corpus, entry.parentPath))
    .toSorted();
}

/** The values files of a chart besides its defaults: `values-*.yaml`, and everything in `ci/`. */
export function valuesFilesOf(corpus: string, chart: string): readonly string[] {
  const beside = readdirSync(join(corpus, chart)).filter((name) => /^values-.*\.yaml$/.test(name));
  const ci = join(corpus, chart, 'ci');
  const tests = existsSync(ci) ? readdirSync(ci).map((name) => join('ci', name)) : [];
  return [...beside, ...tests].toSorted().map((name) => join(chart, name));
}
