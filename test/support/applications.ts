import type { KubeCall, SeenObject } from './kube-call.ts';

/** As much of an Application as the tests look at. */
export interface SeenApplication extends Omit<SeenObject, 'status'> {
  readonly metadata: SeenObject['metadata'] & { readonly generation?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly revision?: string;
    readonly health?: string;
    readonly history?: readonly { readonly revision: string; readonly by: string; readonly outcome: string }[];
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

/** Path of the Applications of a namespace on the API server. */
export function applicationsPath(namespace: string): string {
  return `/apis/plumbline.dev/v1alpha1/namespaces/${namespace}/applications`;
}

/** The condition of a type. */
export function conditionOf(application: SeenApplication, type: string) {
  return application.status?.conditions?.find((condition) => condition.type === type);
}

/** True where the Application says that all is well, at the commit where one is given. */
export function isWell(application: SeenApplication, revision?: string): boolean {
  return (
    (revision === undefined || application.status?.revision === revision) &&
    ['Ready', 'Synced', 'Healthy'].every((type) => conditionOf(application, type)?.status === 'True')
  );
}

/** Watches one Application until it is as wanted. */
export async function untilApplication(
  kube: KubeCall,
  namespace: string,
  name: string,
  isWanted: (application: SeenApplication) => boolean,
  signal: AbortSignal,
): Promise<SeenApplication> {
  const found = await kube.until(
    applicationsPath(namespace),
    (object) => object.metadata.name === name && isWanted(object as SeenApplication),
    signal,
  );
  return found as SeenApplication;
}
