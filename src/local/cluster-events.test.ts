import { expect, test } from 'vitest';
import { parseClusterEvent } from './cluster-events.ts';

const pids = { etcd: 1, 'kube-apiserver': 2, 'kube-controller-manager': 3, 'kube-scheduler': 4, kubelet: 5 };

test.for([
  [
    { event: 'starting', pid: 7, server: 'https://127.0.0.1:1', kubeconfig: '/d/kubeconfig', directory: '/d' },
    {
      type: 'starting',
      pid: 7,
      place: { server: 'https://127.0.0.1:1', kubeconfigPath: '/d/kubeconfig', directory: '/d', durable: false },
    },
  ],
  [
    { event: 'component', component: 'etcd', state: 'started', pid: 1 },
    { type: 'component-started', component: 'etcd', pid: 1 },
  ],
  [
    { event: 'component', component: 'kubelet', state: 'exited', pid: 5, reason: 'ended with exit code 1' },
    { type: 'component-exited', component: 'kubelet', pid: 5, reason: 'ended with exit code 1' },
  ],
  [
    { event: 'ready', milliseconds: 2000, pids },
    { type: 'ready', milliseconds: 2000, pids },
  ],
  [
    { event: 'unready', pids: { etcd: 1, unknown: 9 } },
    { type: 'unready', pids: { etcd: 1 } },
  ],
  [{ event: 'unready' }, { type: 'unready', pids: {} }],
  [
    { event: 'failed', code: 'start-timeout', message: 'too slow' },
    { type: 'failed', code: 'start-timeout', message: 'too slow' },
  ],
  [{ event: 'stopped' }, { type: 'stopped' }],
])('%j', ([line, event]) => {
  expect(parseClusterEvent(JSON.stringify(line))).toEqual(event);
});

test.for([{ event: 'something new' }, { event: 'component', component: 'new', state: 'started', pid: 1 }])(
  'what a later version adds is passed over: %j',
  (line) => {
    expect(parseClusterEvent(JSON.stringify(line))).toBeUndefined();
  },
);

test.for(['no JSON', '7', 'null', '{"event":"ready","milliseconds":"soon"}', '{"event":"starting"}'])(
  'what no supervisor writes is an error: %s',
  (line) => {
    expect(() => parseClusterEvent(line)).toThrow(/JSON|field/);
  },
);
