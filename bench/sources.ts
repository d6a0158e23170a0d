// `node bench/sources.ts`: how long artifacts and charts take from a trigger until their files are there, and what a
// poll asks of the server. A real registry and a server of files on the same machine; `npm run setup -- registry` first.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEgress } from '../src/egress.ts';
import {
  openRegistryCache,
  openRegistrySource,
  type RegistrySelector,
  type RegistrySource,
} from '../src/registry/index.ts';
import { flux, pushArtifact, startRegistry } from '../test/support/registry.ts';
import { startStaticServer } from '../test/support/static-server.ts';
import { tarGzOf } from '../test/support/tar.ts';
import { median, quantile } from './statistics.ts';

const rounds = 30;
const files = 500;
const charts = 1_000;
const versionsOfEach = 60;

const { signal } = new AbortController();
const folder = await mkdtemp(join(tmpdir(), 'plumbline-sources-'));
const registry = await startRegistry();
const repository = await startStaticServer();
const figures = new Map<string, number[]>();

/** Notes the milliseconds that a fetch takes. */
async function timed(name: string, source: RegistrySource, selector: RegistrySelector): Promise<void> {
  const start = performance.now();
  await source.fetch(selector, { signal });
  figures.set(name, [...(figures.get(name) ?? []), performance.now() - start]);
}

const cacheIn = (name: string) => openRegistryCache({ directory: join(folder, name), egress: createEgress() });

/** Manifests of about 2 KiB each, of which one differs from round to round. */
function artifact(round: number): Promise<Uint8Array> {
  const text = (index: number) => `# ${index === 0 ? round : 0}\n${randomText(index)}`;
  return tarGzOf(Object.fromEntries(Array.from({ length: files }, (_, index) => [`app/${index}.yaml`, text(index)])));
}

const texts = Array.from({ length: files }, () => `data: ${randomBytes(1024).toString('hex')}\n`);
const randomText = (index: number): string => texts[index] ?? '';

/** An index as `helm repo index` writes it: 60,000 versions in about 20 MB. */
function largeIndex(round: number, digest: string): string {
  const versions = Array.from({ length: versionsOfEach }, (_, index) => `1.${index}.${round}`);
  const chart = (name: string) =>
    versions
      .map((version) =>
        [
          '  - apiVersion: v2',
          '    appVersion: 1.16.0',
          '    created: "2026-01-01T00:00:00.000000000Z"',
          `    description: A chart by the name of ${name}, for Kubernetes, with some words about what it is for and how`,
          `    digest: ${digest}`,
          `    name: ${name}`,
          '    type: application',
          '    urls:',
          `    - ${name}-${version}.tgz`,
          `    version: ${version}`,
          '',
        ].join('\n'),
      )
      .join('');
  const names = Array.from({ length: charts }, (_, index) => `chart-${String(index).padStart(4, '0')}`);
  return `apiVersion: v1\nentries:\n${names.map((name) => `  ${name}:\n${chart(name)}`).join('')}generated: "2026"\n`;
}

try {
  const url = `oci://${registry.host}/bench/app`;
  const shared = cacheIn('shared');
  const following = openRegistrySource({ url, type: 'OCI', cache: shared, signal });
  for (let round = 0; round < rounds; round += 1) {
    const content = await artifact(round);
    await pushArtifact(registry.host, 'bench/app', 'main', [{ mediaType: flux.content, content }]);
    await timed('artifact of 500 files, 1 MiB: new', following, { tag: 'main' });
    await timed('artifact: nothing new', following, { tag: 'main' });
    const again = cacheIn('shared');
    await timed(
      'artifact: after a restart, on the disk',
      openRegistrySource({ url, type: 'OCI', cache: again, signal }),
      {
        tag: 'main',
      },
    );
    await again.close();
  }
  await shared.close();

  const cache = cacheIn('charts');
  const packed = await tarGzOf({ 'chart-0999/Chart.yaml': 'apiVersion: v2\nname: chart-0999\nversion: 1.0.0\n' });
  const digest = createHash('sha256').update(packed).digest('hex');
  const source = openRegistrySource({ url: repository.url, type: 'Helm', chart: 'chart-0999', cache, signal });
  for (let round = 0; round < rounds; round += 1) {
    const index = Buffer.from(largeIndex(round, digest));
    const etag = `"${round}"`;
    if (round === 0) process.stdout.write(`index: ${(index.length / 1e6).toFixed(1)} MB\n`);
    repository.files.set('/index.yaml', (response, { headers }) => {
      if (headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
      else response.writeHead(200, { etag }).end(index);
    });
    repository.files.set(`/chart-0999-1.59.${round}.tgz`, packed);
    await timed('chart in an index of 20 MB: the index is new', source, {});
    await timed('chart: nothing new', source, {});
  }
  await cache.close();
  process.stdout.write('\n| milliseconds | least | median | p90 |\n|---|---|---|---|\n');
  for (const [name, values] of figures) {
    const shown = [Math.min(...values), median(values), quantile(values, 0.9)].map((value) => value.toFixed(1));
    process.stdout.write(`| ${[name, ...shown].join(' | ')} |\n`);
  }
} finally {
  await Promise.all([registry.stop(), repository.stop()]);
  await rm(folder, { recursive: true, force: true });
}
