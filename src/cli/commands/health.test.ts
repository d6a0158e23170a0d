import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plumb, plumbFromSource, plumbInProcess } from '../../../test/support/cli.ts';
import { commandBlocks } from '../../../test/support/documents.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { shell } from '../../../test/support/shell.ts';

const certificate = `apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: web, namespace: shop }
status: { conditions: [{ type: Ready, status: "False", reason: Failed, message: no such issuer }] }
`;
const widget = `apiVersion: example.dev/v1
kind: Widget
metadata: { name: big, creationTimestamp: 2026-01-01T00:00:00Z }
status: { phase: Broken }
`;

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test('-o name prints the verdict alone, one line for each document, and ends with 0', async () => {
  const folder = await folderWith({ 'all.yaml': `${certificate}---\n${widget}` });
  expect(await plumb(['health', '-f', 'all.yaml', '-o', 'name'], { cwd: folder })).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: 'Degraded\nHealthy\n',
  });
});

test('the other formats give the reason', async () => {
  const folder = await folderWith({ 'c.yaml': certificate });
  const file = join(folder, 'c.yaml');
  const shown = await plumbInProcess(['health', '-f', file]);
  expect(shown.stdout).toMatch(
    /^NAME +HEALTH +REASON\ncertificate\.cert-manager\.io\/web +Degraded +no such issuer\n$/,
  );
  expect((await plumbInProcess(['health', '-f', file, '-o', 'wide'])).stdout).toMatch(/\nshop +certificate/);
  const { stdout } = await plumbInProcess(['health', '-f', file, '-o', 'json']);
  expect(JSON.parse(stdout)).toEqual([
    {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      namespace: 'shop',
      name: 'web',
      health: 'Degraded',
      message: 'no such issuer',
    },
  ]);
  expect((await plumbInProcess(['health', '-f', file, '-o', 'yaml'])).stdout).toContain('health: Degraded');
});

test('a List is judged item by item, and several files one after the other', async () => {
  const items = [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }];
  const folder = await folderWith({
    'list.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    'c.yaml': certificate,
  });
  const { stdout } = await plumbInProcess([
    'health',
    '-f',
    join(folder, 'list.json'),
    '-f',
    join(folder, 'c.yaml'),
    '-o',
    'name',
  ]);
  expect(stdout).toBe('Healthy\nDegraded\n');
});

test('rules of a file come before those that are built in', async () => {
  const rules = "- { group: example.dev, kind: Widget, degraded: status.phase == 'Broken', message: status.phase }\n";
  const application = `spec:\n  health:\n    rules:\n${rules.replace('- ', '      - ')}`;
  const folder = await folderWith({ 'w.yaml': widget, 'rules.yaml': rules, 'application.yaml': application });
  for (const name of ['rules.yaml', 'application.yaml']) {
    const { stdout } = await plumbInProcess(['health', '-f', join(folder, 'w.yaml'), '--rules', join(folder, name)]);
    expect(stdout).toMatch(/Degraded +Broken\n$/);
  }
});

test('what cannot be read ends with 1, and says where it stands', async () => {
  const folder = await folderWith({
    'none.yaml': 'a: b\n',
    'bad.yaml': 'a: [\n',
    'w.yaml': widget,
    'rules.yaml': "- { kind: A, healthy: 'status.phase ==' }\n- { kind: B, degraded: nothing.x }\n",
  });
  const file = (name: string): string => join(folder, name);
  const missing = await plumbInProcess(['health', '-f', file('gone.yaml')]);
  expect(missing).toMatchObject({ exitCode: 1, stdout: '' });
  expect(missing.stderr).toContain('(cli.folder-unreadable)');
  expect(await plumbInProcess(['health', '-f', file('none.yaml')])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('it has no apiVersion or kind'),
  });
  expect(await plumbInProcess(['health', '-f', file('bad.yaml')])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/bad\.yaml:2.*it is no YAML/s),
  });
  const refused = await plumbInProcess(['health', '-f', file('w.yaml'), '--rules', file('rules.yaml')]);
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('rules[0].healthy');
  expect(refused.stderr).toContain('column 16');
  expect(refused.stderr).toContain('Unknown variable: nothing');
  expect(refused.stderr).toContain('(health.rule-invalid)');
  expect((await plumbInProcess(['health'])).exitCode).toBe(2);
});

test('the commands of the page work as they stand there', async () => {
  const [block, ...others] = commandBlocks('docs/health.md');
  // The other one needs a cluster: health.cluster.test.ts.
  expect([block?.name, ...others.map(({ name }) => name)]).toEqual(['verdicts', 'children']);
  const program = plumbFromSource.map((part) => `'${part}'`).join(' ');
  const script = `plumb() { ${program} "$@"; }\n${block?.text ?? ''}`;
  const project = join(import.meta.dirname, '..', '..', '..');
  const { output, failed } = await shell(script, project, { PATH: process.env['PATH'] ?? '' }).ended;
  expect({ output, failed }).toMatchObject({ failed: [] });
  expect(output).toContain('Degraded\n');
  expect(output).toMatch(/Progressing +Assembling: 2 parts/);
});
