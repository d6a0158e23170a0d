import { names, seldonNames } from '../../names.ts';
import type { KubeObject } from '../../object.ts';
import { chosenNamespaces, personalConditions, rules } from './conditions.ts';
import { admissionGroup } from './names.ts';
import type { WebhookPlace } from './types.ts';

/** What the configuration of the webhook is made of. */
export interface WebhookParts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The name by which the API server knows Plumbline itself. */
  readonly ownUser: string;
  /** This namespace alone; all where undefined. */
  readonly namespace: string | undefined;
  readonly place: WebhookPlace;
  /** Under which path it answers: a secret, for whoever knows it can ask for commits in anybody's name. */
  readonly path: string;
  /** Certificates of the authorities that may have signed the server's, PEM. */
  readonly authorities: readonly string[];
}

/** Seconds that the API server waits: of the thirty that it may, so that what takes longer is told and not cut off. */
export const webhookSeconds = 25;

/** Has the API server ask Plumbline before it takes changes by people, in namespaces that want them as commits. */
export function committingWebhook(parts: WebhookParts): KubeObject {
  const { name, labels, authorities } = parts;
  const chosen = chosenNamespaces(names.gitAdmission, ['commit'], parts.namespace);
  const webhook = (id: string, gitops: readonly object[]) => ({
    name: `${id}.gitops.plumbline.dev`,
    admissionReviewVersions: ['v1'],
    clientConfig: { ...clientConfig(parts), caBundle: Buffer.from(authorities.join('')).toString('base64') },
    // What Git does not get, the cluster does not get either: that is what the namespace asks for.
    failurePolicy: 'Fail',
    matchConditions: personalConditions(parts.ownUser),
    matchPolicy: 'Equivalent',
    namespaceSelector: { matchExpressions: [...chosen, ...gitops] },
    rules,
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds: webhookSeconds,
  });
  return {
    apiVersion: `${admissionGroup}/v1`,
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name, labels },
    // A selector has no "or": of the two labels of a GitOps namespace, ours counts where both are there.
    webhooks: [
      webhook('commit', [{ key: names.gitops, operator: 'In', values: ['enabled'] }]),
      webhook('commit-seldon', [
        { key: names.gitops, operator: 'DoesNotExist' },
        { key: seldonNames.gitops, operator: 'In', values: ['enabled'] },
      ]),
    ],
  };
}

function clientConfig({ place, path }: WebhookParts): object {
  const under = `/admission/${path}`;
  if ('service' in place) return { service: { ...place.service, path: under } };
  return { url: `${place.url.replace(/\/+$/, '')}${under}` };
}

/** The names under which the API server reaches the webhook, for its certificate. */
export function hostsOf(place: WebhookPlace): readonly [string, ...string[]] {
  if ('url' in place) return [new URL(place.url).hostname.replace(/^\[|\]$/g, '')];
  const { name, namespace } = place.service;
  return [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
}
