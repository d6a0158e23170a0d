import { apiVersion, names } from '../../api/index.ts';
import type { KubeObject } from '../../object.ts';
import { namespaceFolder } from '../../writeback/index.ts';
import type { GitOpsSettings } from './settings.ts';

/** Name of the Repository and of the Application that Plumbline makes in a GitOps namespace. */
export const madeName = 'gitops';
/** The kinds of what it makes, in the order in which they are taken away. */
export const madeKinds = ['Application', 'Repository'] as const;

const label = 'gitops-namespace';

/** Whether Plumbline has made the object for a GitOps namespace. */
export function isMade({ metadata }: Pick<KubeObject, 'metadata'>): boolean {
  return metadata.labels?.[names.madeFor] === label;
}

/**
 * The Repository and the Application of a GitOps namespace.
 * @param secret name of the Secret with the credentials, where there is one
 */
export function madeObjects(settings: GitOpsSettings, secret: string | undefined): readonly KubeObject[] {
  const { namespace, url, branch, serviceAccount, forge, layout } = settings;
  const metadata = { name: madeName, namespace, labels: { [names.madeFor]: label } };
  return [
    {
      apiVersion,
      kind: 'Repository',
      metadata,
      spec: {
        url,
        type: 'Git',
        ref: { branch },
        ...(secret === undefined ? {} : { secretRef: { name: secret } }),
        ...(forge === undefined ? {} : { forge }),
      },
    },
    {
      apiVersion,
      kind: 'Application',
      metadata,
      spec: {
        source: {
          repositoryRef: { name: madeName },
          path: namespaceFolder(settings),
          // Without it the files tell how they are rendered.
          ...(layout === 'objects' ? { directory: { recurse: true } } : {}),
        },
        destination: { namespace },
        ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
        // Who deletes through Plumbline has named each object: none of them waits for anybody, and the last one neither.
        sync: { prune: true, pruneLimit: { percent: 100 }, allowEmpty: true },
        deletionPolicy: 'Orphan',
      },
    },
  ];
}
