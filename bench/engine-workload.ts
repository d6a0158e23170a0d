import {
  applicationName,
  applicationObject,
  type BenchObject,
  homeNamespace,
  image,
  overlay,
  overlayPath,
  repositoryName,
  targetNamespace,
  workloadFiles,
} from './workload.ts';

/** The one Application of a scenario that has only one. */
export const soleApplication = applicationName(1);
const soleFolder = 'all';

/** An Application of everything in one folder: automated, with prune and self-heal. */
export function soleApplicationObject(): BenchObject {
  return {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: soleApplication, namespace: homeNamespace },
    spec: {
      source: { repositoryRef: { name: repositoryName }, path: soleFolder },
      destination: { namespace: targetNamespace },
      sync: { automated: true, prune: true, drift: 'Revert' },
    },
  };
}

/** A file of several objects. */
function fileOf(name: string, objects: readonly BenchObject[]): [path: string, content: string] {
  return [`${soleFolder}/${name}.yaml`, objects.map((object) => JSON.stringify(object)).join('\n---\n')];
}

function configMap(name: string, namespace: string, value: string, annotations?: object): BenchObject {
  const metadata = { name, namespace, ...(annotations === undefined ? {} : { annotations }) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value, mode: 'production' } };
}

function deployment(name: string, namespace: string, tag: string, annotations?: object): BenchObject {
  const labels = { app: name };
  const containers = [{ name: 'web', image: `${image}:${tag}`, resources: { requests: { cpu: '10m' } } }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }) },
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

/** How many waves, and how many objects in each of them. */
export interface Waves {
  readonly waves: number;
  readonly objects: number;
}

/** Every fifth object of a wave takes a moment until it is healthy. */
const deploymentEvery = 5;

/** The objects of one wave, from 1 on. @param value what is in their fields */
export function waveObjects({ objects }: Waves, wave: number, namespace: string, value: string): BenchObject[] {
  const annotations = { 'plumbline.dev/sync-wave': String(wave) };
  return Array.from({ length: objects }, (_, at) => {
    const name = `wave-${String(wave).padStart(3, '0')}-${at}`;
    return (at % deploymentEvery === 0 ? deployment : configMap)(name, namespace, value, annotations);
  });
}

/** The files of an Application of many waves, one for each wave. */
export function waveFiles(waves: Waves, value: string): Map<string, string> {
  const numbers = Array.from({ length: waves.waves }, (_, at) => at + 1);
  return new Map(numbers.map((wave) => fileOf(`wave-${wave}`, waveObjects(waves, wave, targetNamespace, value))));
}

const perFile = 100;

/** `item-00042`: an object of the Application with very many. Numbers begin at 0. */
export const itemName = (number: number): string => `item-${String(number).padStart(5, '0')}`;

/** Whether this object of the Application with very many is a ConfigMap; every tenth is a Deployment. */
export const isConfigMap = (number: number): boolean => number % 10 !== 0;

/** One object of the Application with very many. */
export function item(number: number, namespace: string, value: string): BenchObject {
  return (isConfigMap(number) ? configMap : deployment)(itemName(number), namespace, value);
}

/** The file that holds an object, in which all others have their first value. */
export function itemFile(number: number, count: number, value: string): [path: string, content: string] {
  const first = number - (number % perFile);
  const numbers = Array.from({ length: Math.min(perFile, count - first) }, (_, at) => first + at);
  const objects = numbers.map((each) => item(each, targetNamespace, each === number ? value : firstValue));
  return fileOf(`items-${first}`, objects);
}

/** What is in all objects at first. */
export const firstValue = 'stable';

/** The files of an Application with very many objects, a hundred in each. */
export function itemFiles(count: number): Map<string, string> {
  const files = Array.from({ length: Math.ceil(count / perFile) }, (_, at) =>
    itemFile(at * perFile, count, firstValue),
  );
  return new Map(files);
}

/** How an Application may fail for ever. */
export const faults = [
  'cannot be rendered',
  'is refused by the API server',
  'goes to a namespace that is missing',
  'is Degraded',
  'has a wave that waits for what is Degraded',
] as const;

/** A Deployment whose pods no node takes, which is soon given up. */
const degradedPatch = `  - patch: '${JSON.stringify([
  { op: 'replace', path: '/spec/replicas', value: 1 },
  { op: 'add', path: '/spec/progressDeadlineSeconds', value: 1 },
  { op: 'add', path: '/spec/template/spec/nodeSelector', value: { 'bench.plumbline.dev/node': 'missing' } },
])}'
    target:
      kind: Deployment
`;

/** What is in the wave above it. */
const laterPatch = ['Service', 'ConfigMap']
  .map(
    (kind) => `  - patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"plumbline.dev/sync-wave": "1"}}]'
    target:
      kind: ${kind}
`,
  )
  .join('');

/** Applications of which some fail: the healthy ones have the first numbers. */
export interface Failing {
  readonly healthy: number;
  readonly failing: number;
}

const isFailing = ({ healthy }: Failing, number: number): boolean => number > healthy;
const faultOf = (number: number): (typeof faults)[number] => faults[number % faults.length] ?? faults[0];

/** The files of W(N) with some that fail. @param mended whether none does */
export function failingFiles(failing: Failing): Map<string, string> {
  const files = workloadFiles(failing.healthy + failing.failing);
  for (let number = failing.healthy + 1; number <= failing.healthy + failing.failing; number += 1)
    files.set(overlayPath(number), brokenOverlay(number));
  return files;
}

/** What mends all that fail. */
export function mendedFiles({ healthy, failing }: Failing): Map<string, string> {
  const numbers = Array.from({ length: failing }, (_, at) => healthy + at + 1);
  return new Map(numbers.map((number) => [overlayPath(number), overlay(number)]));
}

function brokenOverlay(number: number): string {
  const well = overlay(number);
  switch (faultOf(number)) {
    case 'cannot be rendered':
      return well.replace('  - ../../base\n', '  - ../../base\n  - missing.yaml\n');
    case 'is refused by the API server':
      return `${well}patches:
  - patch: '[{"op": "replace", "path": "/spec/ports/0/port", "value": 70000}]'
    target:
      kind: Service
`;
    case 'goes to a namespace that is missing':
      return well.replace(`namespace: ${targetNamespace}`, 'namespace: bench-missing');
    case 'is Degraded':
      return `${well}patches:\n${degradedPatch}`;
    case 'has a wave that waits for what is Degraded':
      return `${well}patches:\n${degradedPatch}${laterPatch}`;
  }
}

/** All Applications, those that fail among the others as evenly as it goes. */
export function mixedApplications(failing: Failing): BenchObject[] {
  const total = failing.healthy + failing.failing;
  const positioned = Array.from({ length: total }, (_, at) => {
    const number = at + 1;
    const fails = isFailing(failing, number);
    const position = fails ? (number - failing.healthy) / failing.failing : number / failing.healthy;
    return { position, application: applicationObject(number) };
  });
  return positioned.toSorted((left, right) => left.position - right.position).map(({ application }) => application);
}
