import type { Action, GroupActions } from '../action.ts';
import { crossplane } from '../shared.ts';
import { appsActions } from './apps.ts';
import { kruiseActions } from './apps.kruise.io.ts';
import { argoprojActions } from './argoproj.io.ts';
import { batchActions } from './batch.ts';
import { certManagerActions } from './cert-manager.io.ts';
import { clusterApiActions, controlPlaneActions } from './cluster.x-k8s.io.ts';
import { coreActions } from './core.ts';
import { externalSecretsActions } from './external-secrets.io.ts';
import { flaggerActions } from './flagger.app.ts';
import { mariadbActions } from './k8s.mariadb.com.ts';
import { kedaActions } from './keda.sh.ts';
import { kubevirtActions } from './kubevirt.io.ts';
import { kueueActions } from './kueue.x-k8s.io.ts';
import { kserveActions, seldonActions, seldonDeploymentActions } from './models.ts';
import { prometheusActions } from './monitoring.coreos.com.ts';
import { numaflowActions, numaplaneActions } from './numaproj.io.ts';
import { pgv2Actions } from './pgv2.percona.com.ts';
import { cnpgActions } from './postgresql.cnpg.io.ts';
import { promoterActions } from './promoter.argoproj.io.ts';
import { psmdbActions } from './psmdb.percona.com.ts';
import { pxcActions } from './pxc.percona.com.ts';
import { sparkActions } from './sparkoperator.k8s.io.ts';
import { strimziActions, strimziPodActions } from './strimzi.io.ts';
import {
  fluxHelmActions,
  fluxImageActions,
  fluxKustomizeActions,
  fluxNotificationActions,
  fluxSourceActions,
} from './toolkit.fluxcd.io.ts';
import { veleroActions } from './velero.io.ts';

const byGroup: Readonly<Record<string, GroupActions>> = {
  '': coreActions,
  apps: appsActions,
  batch: batchActions,
  'apps.kruise.io': kruiseActions,
  'argoproj.io': argoprojActions,
  'cert-manager.io': certManagerActions,
  'cluster.x-k8s.io': clusterApiActions,
  'controlplane.cluster.x-k8s.io': controlPlaneActions,
  'core.strimzi.io': strimziPodActions,
  'external-secrets.io': externalSecretsActions,
  'flagger.app': flaggerActions,
  'helm.toolkit.fluxcd.io': fluxHelmActions,
  'image.toolkit.fluxcd.io': fluxImageActions,
  'k8s.mariadb.com': mariadbActions,
  'kafka.strimzi.io': strimziActions,
  'keda.sh': kedaActions,
  'kubevirt.io': kubevirtActions,
  'kueue.x-k8s.io': kueueActions,
  'kustomize.toolkit.fluxcd.io': fluxKustomizeActions,
  'machinelearning.seldon.io': seldonDeploymentActions,
  'mlops.seldon.io': seldonActions,
  'monitoring.coreos.com': prometheusActions,
  'notification.toolkit.fluxcd.io': fluxNotificationActions,
  'numaflow.numaproj.io': numaflowActions,
  'numaplane.numaproj.io': numaplaneActions,
  'pgv2.percona.com': pgv2Actions,
  'postgresql.cnpg.io': cnpgActions,
  'promoter.argoproj.io': promoterActions,
  'psmdb.percona.com': psmdbActions,
  'pxc.percona.com': pxcActions,
  'serving.kserve.io': kserveActions,
  'source.toolkit.fluxcd.io': fluxSourceActions,
  'sparkoperator.k8s.io': sparkActions,
  'velero.io': veleroActions,
};

/** Groups by how they end. */
const byEnding: Readonly<Record<string, GroupActions>> = {
  'crossplane.io': { '*': crossplane },
  'upbound.io': { '*': crossplane },
};

/** Own fields alone: a kind may have any name, `constructor` too. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What can be done with objects of a kind, whatever state they are in; empty for most kinds. */
export function actionsOfKind({ group, kind }: { readonly group: string; readonly kind: string }): readonly Action[] {
  const exact = own(byGroup, group);
  if (exact !== undefined) return own(exact, kind) ?? [];
  const ending = Object.keys(byEnding).find((each) => group.endsWith(`.${each}`));
  const family = ending === undefined ? undefined : own(byEnding, ending);
  return family === undefined ? [] : (own(family, kind) ?? own(family, '*') ?? []);
}

/** The actions of one kind. */
export interface KindActions {
  /** Of the API group; `*.example.io` for a family, and empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly actions: readonly Action[];
}

/** The whole table. */
export function* allActions(): Generator<KindActions> {
  const tables = [
    ...Object.entries(byGroup),
    ...Object.entries(byEnding).map(([ending, table]) => [`*.${ending}`, table] as const),
  ];
  for (const [group, table] of tables) {
    for (const [kind, actions] of Object.entries(table)) yield { group, kind, actions };
  }
}
