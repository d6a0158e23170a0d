import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { anyDefinition, installDefinition } from '../../test/support/crds.ts';
import { type SeenObject } from '../../test/support/kube-call.ts';
import { kubeOfFile, testClient, testNamespace } from '../../test/support/kube-client.ts';
import type { KubeClient, KubeObject } from './index.ts';
import { type CustomResource, finalizerOf, objectsOf, operatorFor, runOperator, type RunOptions } from './index.ts';
import { limit } from '../../test/support/limit.ts';

/** A Widget wants a ConfigMap with its colour, made after one that somebody else owns is there. */
type Widget = CustomResource<
  { readonly colour: string; readonly needs?: string },
  { readonly colour: string; readonly turns: number }
>;

const { phase, operator } = operatorFor<Widget, 'Making' | 'Watching' | 'Done'>();
const configMaps = objectsOf({ group: '', kind: 'ConfigMap' });

function configMap(name: string, colour: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { colour } };
}

function widgets(name: string, wanted: { readonly finalize?: boolean } = {}) {
  return operator({
    name,
    kind: { group: 'test.plumbline.dev', kind: 'Widget' },
    parse(object) {
      const widget = object as Widget;
      if (typeof widget.spec.colour !== 'string') throw new Error('spec.colour has to be a text');
      return widget;
    },
    initialPhase: 'Making',
    phases: {
      Making: phase({
        inputs: { configMaps },
        async sync(context, { metadata, spec }, inputs) {
          if (spec.needs !== undefined) inputs.configMaps.get(spec.needs);
          context.event('Made', `makes it ${spec.colour}`);
          const objects = [configMap(metadata.name, spec.colour)];
          return { outputs: { objects }, nextPhase: 'Watching', status: { colour: spec.colour } };
        },
      }),
      Watching: phase({
        description: 'keeps it so',
        inputs: { configMaps },
        async sync(_context, { metadata, spec }) {
          if (spec.colour === 'none') return { nextPhase: 'Done' };
          const objects = [configMap(metadata.name, spec.colour)];
          return { outputs: { objects }, nextPhase: 'Watching', status: { colour: spec.colour } };
        },
      }),
      Done: phase({ final: true, inputs: {}, sync: () => Promise.reject(new Error('is never asked')) }),
    },
    ...(wanted.finalize === true
      ? {
          finalize: phase({
            inputs: {},
            sync: async (_context, { metadata }) => ({
              outputs: { removed: [{ apiVersion: 'v1', kind: 'ConfigMap', name: `${metadata.name}-left` }] },
              nextPhase: 'Done' as const,
            }),
          }),
        }
      : {}),
  });
}

const kube = kubeOfFile();
beforeAll(async () => {
  await installDefinition(kube, anyDefinition('Widget'));
});

interface Bench {
  readonly client: KubeClient;
  readonly namespace: string;
  start(options?: Partial<RunOptions> & { readonly finalize?: boolean }): Promise<() => Promise<void>>;
  create(name: string, spec: object): Promise<void>;
  change(name: string, spec: object): Promise<void>;
  widget(name: string, isWanted: (status: Widget['status']) => boolean): Promise<SeenObject>;
  colour(name: string, colour: string): Promise<SeenObject>;
}

// Looked at often, and long enough to be renewed in time on a busy machine: who ends gives it back.
const lease = { durationSeconds: 30, renewSeconds: 0.5 };

async function openBench(prefix: string): Promise<Bench> {
  const client = await testClient();
  onTestFinished(() => client.close());
  const namespace = await testNamespace(client, prefix);
  const path = `/apis/test.plumbline.dev/v1/namespaces/${namespace}/widgets`;
  return {
    client,
    namespace,
    async start({ finalize = false, ...options } = {}) {
      const stop = new AbortController();
      const running = runOperator(widgets('widget-operator', { finalize }), {
        client,
        namespace,
        config: { enableLeaderElection: true, watchNamespace: namespace },
        lease,
        signal: stop.signal,
        ...options,
      });
      const end = async (): Promise<void> => {
        stop.abort();
        await running.ended;
      };
      onTestFinished(end);
      if (options.lease === undefined) await running.started;
      return end;
    },
    async create(name, spec) {
      await kube.call('POST', path, { apiVersion: 'test.plumbline.dev/v1', kind: 'Widget', metadata: { name }, spec });
    },
    async change(name, spec) {
      await kube.call('PATCH', `${path}/${name}`, { spec });
    },
    widget: (name, isWanted) =>
      kube.until(path, (seen) => seen.metadata.name === name && isWanted(seen.status as Widget['status']), limit()),
    colour: (name, colour) =>
      kube.until(
        `/api/v1/namespaces/${namespace}/configmaps`,
        (seen) => seen.metadata.name === name && seen.data?.['colour'] === colour,
        limit(),
      ),
  };
}

function has(type: string, status: string, reason?: string): (status: Widget['status']) => boolean {
  return (seen) =>
    seen?.conditions?.some(
      (each) => each.type === type && each.status === status && (reason === undefined || each.reason === reason),
    ) ?? false;
}

test('phases follow one another, and what a worker made belongs to its resource', async () => {
  const bench = await openBench('operator-phases');
  await bench.create('one', { colour: 'red' });
  await bench.start();
  const made = await bench.colour('one', 'red');
  const widget = await bench.widget('one', has('Ready', 'True', 'Watching'));
  expect(made.metadata).toMatchObject({
    ownerReferences: [
      { apiVersion: 'test.plumbline.dev/v1', kind: 'Widget', name: 'one', uid: widget.metadata.uid, controller: true },
    ],
  });
  expect(widget.status).toMatchObject({ phase: 'Watching', observedGeneration: 1, colour: 'red' });
  const events = await kube.until(
    `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`,
    (seen) => (seen as unknown as { reason: string }).reason === 'Made',
    limit(),
  );
  expect(events).toMatchObject({ note: 'makes it red', reportingController: 'widget-operator' });
  await bench.change('one', { colour: 'none' });
  await bench.widget('one', (status) => status?.phase === 'Done' && has('Ready', 'True')(status));
  // A final phase is left when the spec changes.
  await bench.change('one', { colour: 'green' });
  await bench.colour('one', 'green');
});

test('what is as it shall be is not written, and what somebody else changed is put back', async () => {
  const bench = await openBench('operator-ensure');
  await bench.start();
  await bench.create('one', { colour: 'red' });
  await bench.colour('one', 'red');
  await bench.widget('one', has('Ready', 'True', 'Watching'));
  await bench.create('two', { colour: 'blue' });
  await bench.widget('two', has('Ready', 'True', 'Watching'));
  const { apply: before } = bench.client.counters.requests;
  // Somebody else's ConfigMap wakes both, and the last one to be told of is the one that was changed.
  const path = `/api/v1/namespaces/${bench.namespace}/configmaps`;
  await kube.call('POST', path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' }, data: {} });
  await kube.call('PATCH', `${path}/one`, { data: { colour: 'pink' } });
  await bench.colour('one', 'red');
  expect(bench.client.counters.requests['apply']).toBe((before ?? 0) + 1);
});

test('a missing input is told, and waited for', async () => {
  const bench = await openBench('operator-missing');
  await bench.start();
  await bench.create('one', { colour: 'red', needs: 'paint' });
  const waiting = await bench.widget('one', has('Reconciling', 'True', 'OperatorInputMissing'));
  expect(waiting.status).toMatchObject({
    conditions: expect.arrayContaining([
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        message: expect.stringContaining(`ConfigMap ${bench.namespace}/paint: does not exist`),
      }),
    ]),
  });
  await kube.call('POST', `/api/v1/namespaces/${bench.namespace}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'paint' },
  });
  await bench.colour('one', 'red');
  await bench.widget('one', has('Ready', 'True'));
});

test('a resource that is none is left alone, and told why', async () => {
  const bench = await openBench('operator-invalid');
  await bench.start();
  await bench.create('one', { colour: 7 });
  await bench.create('two', { colour: 'red' });
  await bench.widget('one', has('Stalled', 'True', 'OperatorResourceInvalid'));
  await bench.colour('two', 'red');
  await bench.change('one', { colour: 'blue' });
  await bench.colour('one', 'blue');
  await bench.widget('one', has('Stalled', 'False'));
});

test('a finalizer holds a resource until its phase has removed what it has to', async () => {
  const bench = await openBench('operator-finalize');
  await bench.start({ finalize: true });
  await bench.create('one', { colour: 'red' });
  await bench.colour('one', 'red');
  const path = `/apis/test.plumbline.dev/v1/namespaces/${bench.namespace}/widgets`;
  const others = `/api/v1/namespaces/${bench.namespace}/configmaps`;
  await kube.call('POST', others, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one-left' } });
  const held = await kube.until(path, ({ metadata }) => (metadata.finalizers ?? []).length > 0, limit());
  expect(held.metadata.finalizers).toEqual([finalizerOf({ name: 'widget-operator' })]);
  await kube.call('DELETE', `${path}/one`);
  await kube.untilGone(path, 'one', limit());
  await expect(kube.call('GET', `${others}/one-left`)).rejects.toThrow(': 404 ');
});

test('of two that run one works, and the other goes on where it ends', async () => {
  const bench = await openBench('operator-leader');
  const endFirst = await bench.start({ identity: 'first' });
  await bench.start({ identity: 'second', lease });
  await bench.create('one', { colour: 'red' });
  await bench.colour('one', 'red');
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${bench.namespace}/leases/widget-operator`;
  expect((await kube.call('GET', leases)).spec).toMatchObject({ holderIdentity: 'first' });
  await endFirst();
  await bench.change('one', { colour: 'blue' });
  await bench.colour('one', 'blue');
  expect((await kube.call('GET', leases)).spec).toMatchObject({ holderIdentity: 'second' });
});
