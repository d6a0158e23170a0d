import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { KubeObject } from '../../src/object.ts';
import { testCertificates } from './certificates.ts';
import { clusterAccess } from './cluster.ts';
import { connect } from './kube-call.ts';
import { limit } from './limit.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Review {
  readonly request: {
    readonly uid: string;
    readonly desiredAPIVersion: string;
    readonly objects: readonly KubeObject[];
  };
}

/** A webhook that converts custom resources from one version to another. */
export interface ConversionWebhook {
  /** `spec.conversion` of a definition that asks it. */
  readonly conversion: object;
  /** Whether it converts; until it does it answers 503, as a load balancer with nothing behind it. */
  isUp: boolean;
  /** How often it was asked while it was up. */
  readonly asked: () => number;
}

/**
 * Starts one for the running test, which is down at first. The definition that asks it goes with it: Kubernetes collects no
 * garbage at all while it cannot list the objects of one kind.
 */
export async function openConversionWebhook(
  definition: string,
  convert: (object: KubeObject, apiVersion: string) => KubeObject,
): Promise<ConversionWebhook> {
  const { authority, server: own } = await testCertificates();
  let asked = 0;
  const server = createServer({ key: own.key, cert: own.certificate }, (incoming, response) => {
    response.on('error', () => response.destroy());
    const answer = async (): Promise<void> => {
      const { request } = (await json(incoming)) as Review;
      response.setHeader('content-type', 'application/json');
      if (!webhook.isUp) {
        response.writeHead(503).end('{}');
        return;
      }
      asked += 1;
      const convertedObjects = request.objects.map((object) => convert(object, request.desiredAPIVersion));
      const result = { uid: request.uid, convertedObjects, result: { status: 'Success' } };
      const review = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', response: result };
      response.end(JSON.stringify(review));
    };
    answer().catch(() => response.destroy());
  });
  server.on('clientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    webhook.isUp = true;
    const kube = connect(clusterAccess());
    await kube.call('DELETE', `${definitions}/${definition}`);
    await kube.untilGone(definitions, definition, limit());
    kube.close();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const clientConfig = {
    url: `https://127.0.0.1:${port}/convert`,
    caBundle: Buffer.from(authority).toString('base64'),
  };
  const webhook: ConversionWebhook = {
    conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } },
    isUp: false,
    asked: () => asked,
  };
  return webhook;
}
