/** A Kubernetes object, as far as the benchmark looks at it. */
export interface BenchObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The namespace that the objects of the workload go to. */
export const targetNamespace = 'bench';
/** The namespace of the Applications and of their Repository. */
export const homeNamespace = 'bench-home';
/** The name of the Repository. */
export const repositoryName = 'workload';
/** The image of the base, without its tag. */
export const image = 'nginx';

/** `app-0042`: the name of an overlay and of its Application. Numbers begin at 1. */
export function applicationName(number: number): string {
  return `app-${String(number).padStart(4, '0')}`;
}

/** The name of an overlay's Deployment. */
export function deploymentName(number: number): string {
  return `${applicationName(number)}-web`;
}

const baseFiles: Readonly<Record<string, string>> = {
  'kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - deployment.yaml
  - service.yaml
  - serviceaccount.yaml
  - configmap.yaml
`,
  'deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 0
  selector:
    matchLabels:
      component: web
  template:
    metadata:
      labels:
        component: web
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: ${image}:stable
          ports:
            - name: http
              containerPort: 80
          resources:
            requests:
              cpu: 10m
              memory: 16Mi
`,
  'service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    component: web
  ports:
    - name: http
      port: 80
      targetPort: http
`,
  'serviceaccount.yaml': `apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
`,
  'configmap.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  greeting: hello
  mode: production
`,
};

/** The kustomization of one overlay. @param tag the image's tag where it is not the base's */
export function overlay(number: number, tag?: string): string {
  const name = applicationName(number);
  const images = tag === undefined ? '' : `images:\n  - name: ${image}\n    newTag: ${tag}\n`;
  return `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: ${targetNamespace}
namePrefix: ${name}-
resources:
  - ../../base
labels:
  - pairs:
      app: ${name}
    includeSelectors: true
${images}`;
}

/** The path of an overlay's kustomization in the repository. */
export function overlayPath(number: number): string {
  return `apps/${applicationName(number)}/kustomization.yaml`;
}

/** All files of the repository of W(N), by path. */
export function workloadFiles(count: number): Map<string, string> {
  const files = new Map(Object.entries(baseFiles).map(([name, content]) => [`base/${name}`, content]));
  for (let number = 1; number <= count; number++) files.set(overlayPath(number), overlay(number));
  return files;
}

/** The Repository that the Applications of W(N) read. */
export function repositoryObject(url: string): BenchObject {
  return {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: repositoryName, namespace: homeNamespace },
    spec: { url, ref: { branch: 'main' } },
  };
}

/** One Application of W(N): automated, with prune and self-heal. */
export function applicationObject(number: number): BenchObject {
  const name = applicationName(number);
  return {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: homeNamespace },
    spec: {
      source: { repositoryRef: { name: repositoryName }, path: `apps/${name}` },
      destination: { namespace: targetNamespace },
      sync: { automated: true, prune: true, drift: 'Revert' },
    },
  };
}

/** What one overlay renders to, written down by hand: the objects that the bare loop of the limit applies. */
export function overlayObjects(number: number, namespace: string, tag = 'stable'): BenchObject[] {
  const app = applicationName(number);
  const name = deploymentName(number);
  const labels = { app };
  const podLabels = { app, component: 'web' };
  const metadata = { name, namespace, labels };
  const container = {
    name: 'web',
    image: `${image}:${tag}`,
    ports: [{ name: 'http', containerPort: 80 }],
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { greeting: 'hello', mode: 'production' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: podLabels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 0,
        selector: { matchLabels: podLabels },
        template: { metadata: { labels: podLabels }, spec: { serviceAccountName: name, containers: [container] } },
      },
    },
  ];
}
