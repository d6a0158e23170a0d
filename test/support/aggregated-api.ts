import type { ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { KubeClient } from '../../src/kube/index.ts';
import { testCertificates } from './certificates.ts';
import type { ClusterAccess } from './cluster.ts';

/** An API that another server than the cluster's own serves. */
export interface AggregatedApi {
  /** Whether it answers; until it does it says 503. Set to false, it also ends the watches that it has open. */
  isUp: boolean;
  /** The APIService that brings it. */
  readonly service: object;
}

/** What an aggregated API is made of. */
export interface AggregatedApiOptions {
  /** Of a cluster of the test's own: whoever else uses it would meet the API, too. */
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  /** The group that it serves, in v1. */
  readonly group: string;
  /** The group of the custom resources that its objects really are. */
  readonly storedAs: string;
}

/**
 * Runs a server of an aggregated API for the running test: it keeps its objects as custom resources of another group, so
 * that applying, watching and trying are those of Kubernetes. Nothing announces it yet.
 */
export async function openAggregatedApi({
  access,
  client,
  group,
  storedAs,
}: AggregatedApiOptions): Promise<AggregatedApi> {
  const { server: own } = await testCertificates();
  const open = new Set<ServerResponse>();
  let isUp = false;
  const inward = (said: string): string => said.replaceAll(group, storedAs);
  const outward = (said: string): string => said.replaceAll(storedAs, group);
  const server = createServer({ key: own.key, cert: own.certificate }, (incoming, response) => {
    const { method = 'GET', url = '/', headers } = incoming;
    response.on('error', () => response.destroy());
    const isOwn = url.startsWith(`/apis/${group}/`);
    if (!api.isUp || !isOwn) {
      response.writeHead(api.isUp ? 404 : 503).end();
      return;
    }
    const relay = async (): Promise<void> => {
      const body = inward(await text(incoming));
      const target = new URL(inward(url), access.server);
      const call = request(target, {
        method,
        ca: access.authority,
        headers: {
          authorization: `Bearer ${access.token}`,
          // Nothing that cannot be read line by line.
          accept: readable(headers.accept),
          ...(headers['content-type'] === undefined ? {} : { 'content-type': headers['content-type'] }),
          'content-length': Buffer.byteLength(body),
        },
      });
      response.on('close', () => {
        call.destroy();
        open.delete(response);
      });
      open.add(response);
      call.on('error', () => response.destroy());
      call.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] });
        void sendLines(answer, (line) => response.write(outward(line))).then(
          () => response.end(),
          () => response.destroy(),
        );
      });
      call.end(body);
    };
    relay().catch(() => response.destroy());
  });
  server.on('clientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const name = group.replaceAll('.', '-');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  // By this name the API server finds what runs outside of the cluster.
  const reference = { namespace: 'default', name, port: (server.address() as AddressInfo).port };
  await client.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: reference.namespace },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  const priorities = { groupPriorityMinimum: 100, versionPriority: 100 };
  const api: AggregatedApi = {
    get isUp() {
      return isUp;
    },
    set isUp(next) {
      isUp = next;
      if (!next) for (const response of open) response.destroy();
    },
    service: {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1.${group}` },
      spec: { group, version: 'v1', ...priorities, insecureSkipTLSVerify: true, service: reference },
    },
  };
  return api;
}

function readable(accept = 'application/json'): string {
  const kinds = accept.split(',').filter((kind) => !/protobuf|cbor/.test(kind));
  return kinds.length === 0 ? 'application/json' : kinds.join(',');
}

async function sendLines(answer: Readable, send: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: answer })) send(`${line}\n`);
}
