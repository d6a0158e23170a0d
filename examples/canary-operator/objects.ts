// The objects that the operator makes, and as much of their form as it looks at.
import type { KubeObject } from 'plumbline/operator';

export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
  };
}

export interface VirtualService extends KubeObject {
  readonly spec: {
    readonly hosts: readonly string[];
    readonly http: readonly { readonly name: string; readonly route: readonly Route[] }[];
  };
}

type Labels = Readonly<Record<string, string>>;
type PodSpec = { readonly containers: readonly { readonly name: string; readonly image: string }[] };
type Route = { readonly destination: { readonly host: string; readonly port: { readonly number: number } }; readonly weight: number };
type Role = 'primary' | 'canary';

const labelsFor = (name: string, role: Role): Labels => ({ app: name, canary: String(role === 'canary') });

/** A copy of the Deployment that its own pods alone belong to. */
export function deploymentFor(target: Deployment, role: Role, replicas: number): Deployment {
  const labels = labelsFor(target.metadata.name, role);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${target.metadata.name}-${role}`, labels },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: target.spec.template.spec } },
  };
}

export function serviceFor(name: string, role: Role, port: number): KubeObject {
  const spec = { selector: labelsFor(name, role), ports: [{ name: 'http', port, targetPort: port, protocol: 'TCP' }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: `${name}-${role}` }, spec };
}

/** All traffic to the primary. */
export function virtualServiceFor(name: string, port: number): VirtualService {
  const route = (['primary', 'canary'] as const).map((role) => ({
    destination: { host: `${name}-${role}`, port: { number: port } },
    weight: role === 'primary' ? 100 : 0,
  }));
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name },
    spec: { hosts: [name], http: [{ name: 'split', route }] },
  };
}

/** The same with so many percent of the traffic to the canary. */
export function withWeights(virtualService: VirtualService, canary: number): VirtualService {
  const weights = [100 - canary, canary];
  const http = virtualService.spec.http.map((rule) => ({
    ...rule,
    route: rule.route.map((route, index) => ({ ...route, weight: weights[index] ?? 0 })),
  }));
  return { ...virtualService, spec: { ...virtualService.spec, http } };
}
