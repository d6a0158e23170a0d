import { applicationName, type BenchObject, homeNamespace, repositoryName, targetNamespace } from './workload.ts';

/** How large the one repository is. */
export interface Monorepo {
  /** Applications; one in twenty of them is a chart with values of its own. */
  readonly applications: number;
  /** Files, most of which no Application reads. */
  readonly files: number;
}

/** Applications that share a base, or a chart. */
export const sharers = 20;
const teams = 40;
/** Files in one folder that nobody reads. */
const filler = 25;

const isChart = (number: number): boolean => number % sharers === 0;
/** The base of an overlay: one for every twenty. */
const baseOf = (number: number): number => Math.floor((number - 1) / (sharers - 1));
/** The chart of an Application that has one. */
const chartOf = (number: number): number => Math.floor((number / sharers - 1) / sharers);
const pad = (number: number): string => String(number).padStart(4, '0');

function folderOf(number: number): string {
  return `apps/team-${pad(number % teams)}/${applicationName(number)}`;
}

/** The name of the one object of an Application. */
export function settingsName(number: number): string {
  return `${applicationName(number)}-settings`;
}

const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

function configMap(name: string, key: string, value: string): string {
  return lines('apiVersion: v1', 'kind: ConfigMap', 'metadata:', `  name: ${name}`, 'data:', `  ${key}: "${value}"`);
}

function kustomization(resources: readonly string[], patch?: string, prefix?: string): string {
  return lines(
    'apiVersion: kustomize.config.k8s.io/v1beta1',
    'kind: Kustomization',
    ...(prefix === undefined ? [] : [`namespace: ${targetNamespace}`, `namePrefix: ${prefix}`]),
    'resources:',
    ...resources.map((resource) => `  - ${resource}`),
    ...(patch === undefined ? [] : ['patches:', `  - path: ${patch}`]),
  );
}

/** What one Application alone reads, at a version. */
export function ownFile(number: number, version: string): readonly [string, string] {
  if (isChart(number)) return [`${folderOf(number)}/values.yaml`, lines(`own: "${version}"`)];
  return [`${folderOf(number)}/settings.yaml`, configMap('settings', 'own', version)];
}

/** What the twenty Applications read that share a base with this one, at a version. */
export function sharedFile(number: number, version: string): readonly [string, string] {
  if (isChart(number))
    return [`charts/chart-${pad(chartOf(number))}/values.yaml`, lines('own: ""', 'common: ""', `shared: "${version}"`)];
  return [`bases/base-${pad(baseOf(number))}/settings.yaml`, configMap('settings', 'shared', version)];
}

/** What all read, at a version. */
export function commonFiles(version: string): readonly (readonly [string, string])[] {
  return [
    ['shared/common/settings.yaml', configMap('settings', 'common', version)],
    ['shared/common/values.yaml', lines(`common: "${version}"`)],
  ];
}

/** The Applications that read the same base or chart as this one. */
export function sharersOf(number: number, applications: number): number[] {
  return Array.from({ length: applications }, (_, index) => index + 1).filter(
    (other) => sharedFile(other, '')[0] === sharedFile(number, '')[0],
  );
}

/** All files of the repository, by path. */
export function monorepoFiles({ applications, files }: Monorepo): Map<string, string> {
  const found = new Map<string, string>(commonFiles('0'));
  found.set('shared/common/kustomization.yaml', kustomization(['settings.yaml']));
  for (let number = 1; number <= applications; number += 1) {
    found.set(...ownFile(number, '0')).set(...sharedFile(number, '0'));
    if (isChart(number)) {
      const chart = `chart-${pad(chartOf(number))}`;
      found.set(`charts/${chart}/Chart.yaml`, lines('apiVersion: v2', `name: ${chart}`, 'version: 1.0.0'));
      found.set(`charts/${chart}/templates/settings.yaml`, chartTemplate);
    } else {
      const base = `bases/base-${pad(baseOf(number))}`;
      found.set(`${base}/kustomization.yaml`, kustomization(['../../shared/common'], 'settings.yaml'));
      const own = kustomization([`../../../${base}`], 'settings.yaml', `${applicationName(number)}-`);
      found.set(`${folderOf(number)}/kustomization.yaml`, own);
    }
  }
  for (let index = 0; found.size < files; index += 1) {
    const folder = `services/service-${pad(Math.floor(index / filler))}/src`;
    found.set(
      `${folder}/file-${index % filler}.ts`,
      `export const value${index} = '${'x'.repeat(40 + (index % 400))}';\n`,
    );
  }
  return found;
}

const chartTemplate = lines(
  'apiVersion: v1',
  'kind: ConfigMap',
  'metadata:',
  '  name: {{ .Release.Name }}-settings',
  'data:',
  '  own: {{ .Values.own | quote }}',
  '  shared: {{ .Values.shared | quote }}',
  '  common: {{ .Values.common | quote }}',
);

/** One Application: automated, with prune and self-heal. */
export function monorepoApplication(number: number): BenchObject {
  const repositoryRef = { name: repositoryName };
  const valueFiles = ['shared/common/values.yaml', ownFile(number, '')[0]];
  const source = isChart(number)
    ? { repositoryRef, path: `charts/chart-${pad(chartOf(number))}`, helm: { valueFiles } }
    : { repositoryRef, path: folderOf(number) };
  return {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: applicationName(number), namespace: homeNamespace },
    spec: {
      source,
      destination: { namespace: targetNamespace },
      sync: { automated: true, prune: true, drift: 'Revert' },
    },
  };
}

/** What an Application renders to, written down by hand: what the bare loop of the limit applies. */
export function settingsObject(number: number, namespace: string, data: Readonly<Record<string, string>>): BenchObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: settingsName(number), namespace },
    data: { common: '0', own: '0', shared: '0', ...data },
  };
}

/** How far a commit reaches: one Application, the twenty of a base or a chart, or all. */
export const reaches = ['own', 'shared', 'common'] as const;
/** How far a commit reaches. */
export type Reach = (typeof reaches)[number];

/** The reach of each commit, in turn. */
export function reachOf(index: number, commits: number): Reach {
  if (index === Math.floor(commits / 2)) return 'common';
  return index % 10 === 7 ? 'shared' : 'own';
}

/** One commit. */
export interface Change {
  readonly reach: Reach;
  readonly files: ReadonlyMap<string, string>;
  /** Numbers of the Applications that it concerns. */
  readonly concerned: readonly number[];
  readonly version: string;
}

/** The commit of this number and reach. */
export function changeOf(index: number, reach: Reach, applications: number): Change {
  const number = 1 + ((index * 37) % applications);
  const version = `1.0.${index}`;
  if (reach === 'own') return { reach, version, files: new Map([ownFile(number, version)]), concerned: [number] };
  if (reach === 'shared') {
    return {
      reach,
      version,
      files: new Map([sharedFile(number, version)]),
      concerned: sharersOf(number, applications),
    };
  }
  const all = Array.from({ length: applications }, (_, position) => position + 1);
  return { reach, version, files: new Map(commonFiles(version)), concerned: all };
}
