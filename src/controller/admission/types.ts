/** What a namespace wants of changes that people make with kubectl. */
export const admissionModes = ['off', 'refuse', 'commit'] as const;

/** How the API server reaches the webhook: by a Service of the cluster, or by a URL. */
export type WebhookPlace =
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }
  | { readonly url: string };

/** What an installation does about changes that people make with kubectl in GitOps namespaces. */
export interface AdmissionOptions {
  /** Where the API server finds the webhook that makes commits; without it, `commit` refuses as `refuse` does. */
  readonly webhook?: WebhookPlace;
}
