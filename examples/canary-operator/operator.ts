// An operator that promotes a new version of a Deployment when it has proved itself on a part of the traffic. Whatever it
// decides becomes a commit; Plumbline brings the commit to the cluster, and the operator goes on when it is there.
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  createKubeClient,
  type CustomResource,
  jsonLog,
  loadClusterConfig,
  objectsOf,
  type Operator,
  operatorFor,
  parseOperatorConfig,
  query,
  runOperator,
} from 'plumbline/operator';
import { type Deployment, deploymentFor, serviceFor, type VirtualService, virtualServiceFor, withWeights } from './objects.ts';

interface Spec {
  /** Port of the service. */
  readonly port: number;
  /** Percent of the requests that have to succeed. */
  readonly successThreshold: number;
  /** How long the canary is looked at, and how often a further part of the traffic goes to it. */
  readonly analysisPeriodSeconds: number;
  readonly stepSeconds: number;
  readonly stepWeight: number;
}

interface Status {
  readonly startedAt: string;
  readonly steppedAt: string;
  readonly history: readonly { readonly promoted: boolean; readonly image: string }[];
}

type Canary = CustomResource<Spec, Status>;
type Phases = 'Initializing' | 'Waiting' | 'Evaluating' | 'Promoting' | 'RollBack';

const { phase, operator } = operatorFor<Canary, Phases>();

const deployments = objectsOf<Deployment>({ group: 'apps', kind: 'Deployment' });
const virtualServices = objectsOf<VirtualService>({ group: 'networking.istio.io', kind: 'VirtualService' });
/** Percent of the requests to the canary that succeeded, as Istio tells Prometheus; undefined before the first one. */
const successRate = query(async ({ metadata }: Canary, signal) => {
  const requests = `istio_requests_total{reporter="source",destination_workload="${metadata.name}-canary",destination_workload_namespace="${metadata.namespace}"`;
  const expression = `100 * sum(rate(${requests},response_code!~"5.."}[1m])) / sum(rate(${requests}}[1m]))`;
  const address = new URL('/api/v1/query', process.env['PROMETHEUS_URL']);
  address.searchParams.set('query', expression);
  const answer = (await (await fetch(address, { signal })).json()) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  const [first] = answer.data.result;
  return first === undefined ? undefined : Number(first.value[1]);
});

const initializing = phase({
  description: 'Making a primary and a canary of the Deployment',
  inputs: { deployments },
  async sync(_context, { metadata: { name }, spec }, inputs) {
    const target = inputs.deployments.get(name);
    return {
      outputs: {
        objects: [
          { ...target, spec: { ...target.spec, replicas: 0 } },
          deploymentFor(target, 'primary', target.spec.replicas ?? 1),
          deploymentFor(target, 'canary', 0),
          serviceFor(name, 'primary', spec.port),
          serviceFor(name, 'canary', spec.port),
          virtualServiceFor(name, spec.port),
        ],
        syncToGit: true,
        action: 'Canary initialized',
      },
      nextPhase: 'Waiting',
    };
  },
});

const waiting = phase({
  description: 'Waiting for a new version of the Deployment',
  inputs: { deployments, virtualServices },
  async sync(context, { metadata: { name }, spec }, inputs) {
    const target = inputs.deployments.get(name);
    const canary = inputs.deployments.get(`${name}-canary`);
    if (isDeepStrictEqual(target.spec.template.spec, canary.spec.template.spec)) return { nextPhase: 'Waiting' };
    const now = context.now().toISOString();
    const template = { ...canary.spec.template, spec: target.spec.template.spec };
    return {
      outputs: {
        objects: [
          { ...canary, spec: { ...canary.spec, replicas: 1, template } },
          withWeights(inputs.virtualServices.get(name), spec.stepWeight),
        ],
        syncToGit: true,
        action: 'Canary started',
        message: imageOf(target),
      },
      nextPhase: 'Evaluating',
      status: { startedAt: now, steppedAt: now },
    };
  },
});

const evaluating = phase({
  description: 'Looking at how the canary does',
  inputs: { virtualServices, successRate },
  async sync(context, { metadata: { name }, spec, status }, inputs) {
    const seconds = (since = '') => (context.now().getTime() - Date.parse(since)) / 1000;
    const rate = inputs.successRate;
    if (rate !== undefined && rate < spec.successThreshold) {
      context.event('RollBack', `only ${rate} % of the requests succeeded`, 'Warning');
      return { nextPhase: 'RollBack' };
    }
    const left = spec.stepSeconds - seconds(status?.steppedAt);
    if (left > 0 || rate === undefined) return { nextPhase: 'Evaluating', after: Math.max(left, 1) * 1000 };
    if (seconds(status?.startedAt) >= spec.analysisPeriodSeconds) return { nextPhase: 'Promoting' };
    const virtualService = inputs.virtualServices.get(name);
    const weight = (virtualService.spec.http[0]?.route[1]?.weight ?? 0) + spec.stepWeight;
    return {
      outputs: {
        objects: [withWeights(virtualService, Math.min(weight, 100))],
        syncToGit: true,
        action: 'Canary stepped',
        message: `${weight} % of the traffic, ${rate} % of the requests succeed`,
      },
      nextPhase: 'Evaluating',
      status: { steppedAt: context.now().toISOString() },
      after: spec.stepSeconds * 1000,
    };
  },
});

/** Both ends look alike: all traffic goes to the primary again, and the canary rests. */
const ending = (promoted: boolean) =>
  phase({
    description: promoted ? 'Making the canary the primary' : 'Going back to the primary',
    inputs: { deployments, virtualServices },
    async sync(_context, { metadata: { name }, status }, inputs) {
      const primary = inputs.deployments.get(`${name}-primary`);
      const canary = inputs.deployments.get(`${name}-canary`);
      const template = { ...primary.spec.template, spec: canary.spec.template.spec };
      return {
        outputs: {
          objects: [
            ...(promoted ? [{ ...primary, spec: { ...primary.spec, template } }] : []),
            { ...canary, spec: { ...canary.spec, replicas: 0 } },
            withWeights(inputs.virtualServices.get(name), 0),
          ],
          syncToGit: true,
          action: promoted ? 'Canary promoted' : 'Canary rolled back',
          message: imageOf(canary),
        },
        nextPhase: 'Waiting',
        status: { history: [...(status?.history ?? []), { promoted, image: imageOf(canary) }].slice(-10) },
      };
    },
  });

const imageOf = ({ spec }: Deployment) => spec.template.spec.containers[0]?.image ?? '';

const canaryOperator: Operator<Canary, Phases> = operator({
  name: 'canary-operator',
  kind: { group: 'examples.plumbline.dev', kind: 'CanaryDeployment' },
  // The schema of the definition, in crd.yaml, has seen to the form.
  parse: (object) => object as Canary,
  initialPhase: 'Initializing',
  phases: { Initializing: initializing, Waiting: waiting, Evaluating: evaluating, Promoting: ending(true), RollBack: ending(false) },
});

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());
await runOperator(canaryOperator, {
  client: createKubeClient(await loadClusterConfig({})),
  config: parseOperatorConfig(await readFile(process.argv[2] ?? 'operator.yaml', 'utf8')),
  ...(process.env['NAMESPACE'] === undefined ? {} : { namespace: process.env['NAMESPACE'] }),
  log: jsonLog(process.stdout),
  signal: stop.signal,
}).ended;
process.exit();
