/** The name of everything that Plumbline keeps in the cluster for this: of each installation another one. */
export function admissionName(systemNamespace: string): string {
  return `plumbline-admission.${systemNamespace}`;
}

/** The Secret of the webhook's certificate, and the Service by which the API server reaches it. */
export const servingName = 'plumbline-admission';

/** The API group of what is kept. */
export const admissionGroup = 'admissionregistration.k8s.io';

/** The kinds of what is kept, in the order in which they are taken away: what refuses first. */
export const admissionKinds = [
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingAdmissionPolicy',
] as const;
