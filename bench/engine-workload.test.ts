import { expect, test } from 'vitest';
import { failingFiles, itemFile, itemFiles, mendedFiles, mixedApplications, waveFiles } from './engine-workload.ts';
import { applicationName, overlayPath, workloadFiles } from './workload.ts';

const documents = (content = ''): readonly { readonly metadata: { readonly name: string } }[] =>
  content.split('\n---\n').map((text) => JSON.parse(text) as never);

test('very many objects lie in files of a hundred, and a change of one changes nothing else', () => {
  const files = itemFiles(250);
  expect([...files.values()].map((content) => documents(content).length)).toEqual([100, 100, 50]);
  const [path, content] = itemFile(101, 250, 'other');
  const [before, after] = [documents(files.get(path)), documents(content)];
  const changed = after.filter((object, at) => JSON.stringify(object) !== JSON.stringify(before[at]));
  expect(changed.map(({ metadata }) => metadata.name)).toEqual(['item-00101']);
});

test('every object of a wave says its wave', () => {
  const contents = [...waveFiles({ waves: 3, objects: 4 }, 'stable').values()];
  const waves = contents.map((content) => documents(content).map((object) => JSON.stringify(object)));
  expect(waves).toHaveLength(3);
  for (const [at, objects] of waves.entries()) {
    expect(objects).toHaveLength(4);
    for (const object of objects) expect(object).toContain(`"plumbline.dev/sync-wave":"${at + 1}"`);
  }
});

test('what fails does so in all ways as often, lies among the others, and can be mended', () => {
  const failing = { healthy: 7, failing: 5 };
  const [files, well] = [failingFiles(failing), workloadFiles(12)];
  const broken = [...files].filter(([path, content]) => well.get(path) !== content);
  expect(broken.map(([path]) => path)).toEqual([8, 9, 10, 11, 12].map(overlayPath));
  const marks = broken.flatMap(
    ([, content]) =>
      /missing\.yaml|70000|bench-missing|sync-wave|progressDeadline(?!.*\n[^]*sync-wave)/.exec(content) ?? [],
  );
  expect(marks.map(String).toSorted()).toEqual([
    '70000',
    'bench-missing',
    'missing.yaml',
    'progressDeadline',
    'sync-wave',
  ]);
  expect(new Map([...files, ...mendedFiles(failing)])).toEqual(well);
  const names = mixedApplications(failing).map(({ metadata }) => metadata.name);
  expect(names.toSorted()).toEqual(Array.from({ length: 12 }, (_, at) => applicationName(at + 1)));
  expect(names.indexOf(applicationName(8))).toBeLessThan(4);
});
