import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { KubeClient } from '../../src/kube/index.ts';
import { testCertificates } from './certificates.ts';
import { limit } from './limit.ts';
import { listenHere } from './listen.ts';

/** What an admission webhook is asked. */
export interface Review {
  readonly uid: string;
  readonly name: string;
  readonly operation: string;
  readonly dryRun: boolean;
}

/** A validating webhook of somebody else, for the ConfigMaps of one namespace. */
export interface ReviewWebhook {
  /** Why a request is denied; undefined lets it in, `hang` never answers. Replaces the one before. */
  decide: (review: Review) => string | undefined;
  /** All that it was asked. */
  readonly reviews: readonly Review[];
}

/** Registers a webhook for the running test, and waits until the API server asks it. */
export async function openReviewWebhook(client: KubeClient, namespace: string): Promise<ReviewWebhook> {
  const { authority, server: own } = await testCertificates();
  const reviews: Review[] = [];
  const webhook: ReviewWebhook & { reviews: Review[] } = { decide: () => undefined, reviews };
  const server: Server = createServer({ key: own.key, cert: own.certificate }, (incoming, response) => {
    const answer = async (): Promise<void> => {
      const { request: review } = (await json(incoming)) as { readonly request: Review };
      reviews.push(review);
      const message = webhook.decide(review);
      if (message === 'hang') return;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: {
            uid: review.uid,
            allowed: message === undefined,
            ...(message === undefined ? {} : { status: { code: 403, message } }),
          },
        }),
      );
    };
    answer().catch(() => response.destroy());
  });
  await listenHere(server);
  const { port } = server.address() as AddressInfo;
  const key = {
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingWebhookConfiguration',
    namespace: '',
    name: `reviews-${namespace}`,
  };
  onTestFinished(async () => {
    await client.delete(key);
    server.closeAllConnections();
    server.close();
  });
  await client.create({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: key.kind,
    metadata: { name: key.name },
    webhooks: [
      {
        name: 'reviews.example.org',
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(authority).toString('base64') },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }],
        failurePolicy: 'Fail',
        timeoutSeconds: 1,
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  // The API server takes a moment to learn of it.
  const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe', namespace } };
  const signal = limit();
  while (reviews.length === 0) await client.create(probe, { dryRun: true, signal });
  return webhook;
}
