import type { FieldStep } from '../../src/writeback/index.ts';
import type { Files } from './place.ts';

/** What the overlay begins with. */
export const head = '# production\nresources:\n  - ../base\n';

/** A Deployment as people write it. */
export const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2 # enough
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx:stable
          args: [--a, --b]
          ports: [{containerPort: 80}]
`;
/** A Service in short. */
export const service =
  'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n';
/** A base of both. */
export const base: Files = {
  'base/kustomization.yaml': 'resources: [deployment.yaml, service.yaml]\n',
  'base/deployment.yaml': deployment,
  'base/service.yaml': service,
};
/** The base with an overlay in `prod`, and more fields of it. */
export const overlay = (text = ''): Files => ({
  ...base,
  'prod/kustomization.yaml': head + text,
});
/** The path of a field of the only container. */
export const container = (...path: readonly FieldStep[]): readonly FieldStep[] => [
  'spec',
  'template',
  'spec',
  'containers',
  { name: 'web' },
  ...path,
];
