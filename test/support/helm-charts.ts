import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runTool } from '../render/reference.ts';

/** Files of a chart by their path, `Chart.yaml` among them. */
export type ChartFiles = Readonly<Record<string, string>>;

/** A chart with a ConfigMap that says which one it is. */
export function chartFiles(name: string, version: string, more: ChartFiles = {}): ChartFiles {
  return {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    'values.yaml': 'greeting: hello\n',
    'templates/config.yaml': [
      'apiVersion: v1',
      'kind: ConfigMap',
      `metadata: {name: "{{ .Release.Name }}-${name}"}`,
      `data: {version: "{{ .Chart.Version }}", greeting: "{{ .Values.greeting }}", chart: "{{ .Chart.Name }}"}`,
      '',
    ].join('\n'),
    ...more,
  };
}

/** Runs the real helm. @throws Error with what it says where it fails */
export async function helm(args: readonly string[], cwd: string): Promise<string> {
  const result = await runTool('helm', args, cwd);
  if (result.ok) return result.output;
  throw new Error(`helm ${args.join(' ')}: ${result.error}`);
}

/** Writes files into a folder. */
export async function writeFiles(folder: string, files: ChartFiles): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A chart as the real helm packs it, with its file name. */
export interface PackedChart {
  readonly file: string;
  readonly bytes: Buffer;
}

/** Has the real helm pack charts, and index them. `index` is what `helm repo index` writes. */
export async function packCharts(
  charts: readonly ChartFiles[],
  url?: string,
): Promise<{ readonly packed: readonly PackedChart[]; readonly index: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-charts-'));
  try {
    const packed: PackedChart[] = [];
    for (const [index, files] of charts.entries()) {
      const source = join(folder, 'source', String(index));
      await writeFiles(source, files);
      const said = await helm(['package', source, '--destination', folder], folder);
      const file = /([^/\s]+\.tgz)\s*$/.exec(said)?.[1] ?? '';
      packed.push({ file, bytes: await readFile(join(folder, file)) });
    }
    await rm(join(folder, 'source'), { recursive: true });
    await helm(['repo', 'index', folder, ...(url === undefined ? [] : ['--url', url])], folder);
    return { packed, index: await readFile(join(folder, 'index.yaml'), 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Has the real helm push packed charts to a registry on this machine, below a path. */
export async function pushCharts(charts: readonly PackedChart[], host: string, path: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-charts-'));
  try {
    for (const { file, bytes } of charts) {
      await writeFile(join(folder, file), bytes);
      await helm(['push', file, `oci://${host}/${path}`, '--plain-http'], folder);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
