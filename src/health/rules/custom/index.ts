import type { GroupRules } from '../../rule.ts';
import { acidZalanDoRules } from './acid.zalan.do.ts';
import { acmeCertManagerIoRules } from './acme.cert-manager.io.ts';
import { addonsClusterXK8sIoRules } from './addons.cluster.x-k8s.io.ts';
import { apmK8sElasticCoRules } from './apm.k8s.elastic.co.ts';
import { apps3scaleNetRules } from './apps.3scale.net.ts';
import { appsKruiseIoRules } from './apps.kruise.io.ts';
import { appsOpenshiftIoRules } from './apps.openshift.io.ts';
import { argoprojIoRules } from './argoproj.io.ts';
import { astraNetappIoRules } from './astra.netapp.io.ts';
import { beatK8sElasticCoRules } from './beat.k8s.elastic.co.ts';
import { bitnamiComRules } from './bitnami.com.ts';
import { camelApacheOrgRules } from './camel.apache.org.ts';
import { capabilities3scaleNetRules } from './capabilities.3scale.net.ts';
import { cassandraRookIoRules } from './cassandra.rook.io.ts';
import { cdiKubevirtIoRules } from './cdi.kubevirt.io.ts';
import { cephRookIoRules } from './ceph.rook.io.ts';
import { certManagerIoRules } from './cert-manager.io.ts';
import { certmanagerK8sIoRules } from './certmanager.k8s.io.ts';
import { clickhouseKeeperAltinityComRules } from './clickhouse-keeper.altinity.com.ts';
import { clickhouseAltinityComRules } from './clickhouse.altinity.com.ts';
import { clusterXK8sIoRules } from './cluster.x-k8s.io.ts';
import { controlplaneClusterXK8sIoRules } from './controlplane.cluster.x-k8s.io.ts';
import { coralogixComRules } from './coralogix.com.ts';
import { coreGardenerCloudRules } from './core.gardener.cloud.ts';
import { coreHumioComRules } from './core.humio.com.ts';
import { coreSpinkubeDevRules } from './core.spinkube.dev.ts';
import { datadoghqComRules } from './datadoghq.com.ts';
import { dbAtlasgoIoRules } from './db.atlasgo.io.ts';
import { elasticsearchK8sElasticCoRules } from './elasticsearch.k8s.elastic.co.ts';
import { eventingKnativeDevRules } from './eventing.knative.dev.ts';
import { externalSecretsIoRules } from './external-secrets.io.ts';
import { flaggerAppRules } from './flagger.app.ts';
import { flinkApacheOrgRules } from './flink.apache.org.ts';
import { gameKruiseIoRules } from './game.kruise.io.ts';
import { gatewayNetworkingK8sIoRules } from './gateway.networking.k8s.io.ts';
import { gatewaySoloIoRules } from './gateway.solo.io.ts';
import { glooSoloIoRules } from './gloo.solo.io.ts';
import { grafanaOrgOperatorKubitusProjectGitlabIoRules } from './grafana-org-operator.kubitus-project.gitlab.io.ts';
import { grafanaIntegreatlyOrgRules } from './grafana.integreatly.org.ts';
import { helmToolkitFluxcdIoRules } from './helm.toolkit.fluxcd.io.ts';
import { iammanagerKeikoprojIoRules } from './iammanager.keikoproj.io.ts';
import { imageToolkitFluxcdIoRules } from './image.toolkit.fluxcd.io.ts';
import { installIstioIoRules } from './install.istio.io.ts';
import { jaegertracingIoRules } from './jaegertracing.io.ts';
import { k8sKeycloakOrgRules } from './k8s.keycloak.org.ts';
import { k8sMariadbComRules } from './k8s.mariadb.com.ts';
import { kafkaBanzaicloudIoRules } from './kafka.banzaicloud.io.ts';
import { kafkaStrimziIoRules } from './kafka.strimzi.io.ts';
import { karpenterK8sAwsRules } from './karpenter.k8s.aws.ts';
import { karpenterShRules } from './karpenter.sh.ts';
import { kedaShRules } from './keda.sh.ts';
import { kialiIoRules } from './kiali.io.ts';
import { kibanaK8sElasticCoRules } from './kibana.k8s.elastic.co.ts';
import { kubernetesClientIoRules } from './kubernetes-client.io.ts';
import { kubevirtIoRules } from './kubevirt.io.ts';
import { kustomizeToolkitFluxcdIoRules } from './kustomize.toolkit.fluxcd.io.ts';
import { kyvernoIoRules } from './kyverno.io.ts';
import { lifecycleKeptnShRules } from './lifecycle.keptn.sh.ts';
import { logstashK8sElasticCoRules } from './logstash.k8s.elastic.co.ts';
import { machinelearningSeldonIoRules } from './machinelearning.seldon.io.ts';
import { mariadbMmontesIoRules } from './mariadb.mmontes.io.ts';
import { messagingKnativeDevRules } from './messaging.knative.dev.ts';
import { metricsKeptnShRules } from './metrics.keptn.sh.ts';
import { microgatewayAirlockComRules } from './microgateway.airlock.com.ts';
import { minioMinIoRules } from './minio.min.io.ts';
import { mlopsSeldonIoRules } from './mlops.seldon.io.ts';
import { monitoringCoreosComRules } from './monitoring.coreos.com.ts';
import { networkingGkeIoRules } from './networking.gke.io.ts';
import { networkingIstioIoRules } from './networking.istio.io.ts';
import { nmstateIoRules } from './nmstate.io.ts';
import { notificationToolkitFluxcdIoRules } from './notification.toolkit.fluxcd.io.ts';
import { numaflowNumaprojIoRules } from './numaflow.numaproj.io.ts';
import { numaplaneNumaprojIoRules } from './numaplane.numaproj.io.ts';
import { objectbucketIoRules } from './objectbucket.io.ts';
import { ocsOpenshiftIoRules } from './ocs.openshift.io.ts';
import { onepasswordComRules } from './onepassword.com.ts';
import { openfaasComRules } from './openfaas.com.ts';
import { opentelemetryIoRules } from './opentelemetry.io.ts';
import { operatorKnativeDevRules } from './operator.knative.dev.ts';
import { operatorOpenshiftIoRules } from './operator.openshift.io.ts';
import { operatorVictoriametricsComRules } from './operator.victoriametrics.com.ts';
import { operatorsCoreosComRules } from './operators.coreos.com.ts';
import { pgv2PerconaComRules } from './pgv2.percona.com.ts';
import { pkgCrossplaneIoRules } from './pkg.crossplane.io.ts';
import { platformConfluentIoRules } from './platform.confluent.io.ts';
import { policyOpenClusterManagementIoRules } from './policy.open-cluster-management.io.ts';
import { postgresOperatorCrunchydataComRules } from './postgres-operator.crunchydata.com.ts';
import { postgresqlCnpgIoRules } from './postgresql.cnpg.io.ts';
import { proclaimDogmatiqIoRules } from './proclaim.dogmatiq.io.ts';
import { projectcontourIoRules } from './projectcontour.io.ts';
import { promoterArgoprojIoRules } from './promoter.argoproj.io.ts';
import { psmdbPerconaComRules } from './psmdb.percona.com.ts';
import { pulumiComRules } from './pulumi.com.ts';
import { pxcPerconaComRules } from './pxc.percona.com.ts';
import { rabbitmqComRules } from './rabbitmq.com.ts';
import { rolloutsKruiseIoRules } from './rollouts.kruise.io.ts';
import { routeOpenshiftIoRules } from './route.openshift.io.ts';
import { sailoperatorIoRules } from './sailoperator.io.ts';
import { securityIstioIoRules } from './security.istio.io.ts';
import { servicesCloudSapComRules } from './services.cloud.sap.com.ts';
import { servingKnativeDevRules } from './serving.knative.dev.ts';
import { servingKserveIoRules } from './serving.kserve.io.ts';
import { snapshotStorageK8sIoRules } from './snapshot.storage.k8s.io.ts';
import { solrApacheOrgRules } from './solr.apache.org.ts';
import { sourceToolkitFluxcdIoRules } from './source.toolkit.fluxcd.io.ts';
import { sourcesKnativeDevRules } from './sources.knative.dev.ts';
import { sparkoperatorK8sIoRules } from './sparkoperator.k8s.io.ts';
import { spotIoRules } from './spot.io.ts';
import { stacksCrossplaneIoRules } from './stacks.crossplane.io.ts';
import { towerAnsibleComRules } from './tower.ansible.com.ts';
import { tridentNetappIoRules } from './trident.netapp.io.ts';
import { veleroIoRules } from './velero.io.ts';
import { workKarmadaIoRules } from './work.karmada.io.ts';
import { zookeeperPravegaIoRules } from './zookeeper.pravega.io.ts';

/** The rules of what is not part of Kubernetes, by API group. */
export const customRules: Readonly<Record<string, GroupRules>> = {
  'acid.zalan.do': acidZalanDoRules,
  'acme.cert-manager.io': acmeCertManagerIoRules,
  'addons.cluster.x-k8s.io': addonsClusterXK8sIoRules,
  'apm.k8s.elastic.co': apmK8sElasticCoRules,
  'apps.3scale.net': apps3scaleNetRules,
  'apps.kruise.io': appsKruiseIoRules,
  'apps.openshift.io': appsOpenshiftIoRules,
  'argoproj.io': argoprojIoRules,
  'astra.netapp.io': astraNetappIoRules,
  'beat.k8s.elastic.co': beatK8sElasticCoRules,
  'bitnami.com': bitnamiComRules,
  'camel.apache.org': camelApacheOrgRules,
  'capabilities.3scale.net': capabilities3scaleNetRules,
  'cassandra.rook.io': cassandraRookIoRules,
  'cdi.kubevirt.io': cdiKubevirtIoRules,
  'ceph.rook.io': cephRookIoRules,
  'cert-manager.io': certManagerIoRules,
  'certmanager.k8s.io': certmanagerK8sIoRules,
  'clickhouse-keeper.altinity.com': clickhouseKeeperAltinityComRules,
  'clickhouse.altinity.com': clickhouseAltinityComRules,
  'cluster.x-k8s.io': clusterXK8sIoRules,
  'controlplane.cluster.x-k8s.io': controlplaneClusterXK8sIoRules,
  'coralogix.com': coralogixComRules,
  'core.gardener.cloud': coreGardenerCloudRules,
  'core.humio.com': coreHumioComRules,
  'core.spinkube.dev': coreSpinkubeDevRules,
  'datadoghq.com': datadoghqComRules,
  'db.atlasgo.io': dbAtlasgoIoRules,
  'elasticsearch.k8s.elastic.co': elasticsearchK8sElasticCoRules,
  'eventing.knative.dev': eventingKnativeDevRules,
  'external-secrets.io': externalSecretsIoRules,
  'flagger.app': flaggerAppRules,
  'flink.apache.org': flinkApacheOrgRules,
  'game.kruise.io': gameKruiseIoRules,
  'gateway.networking.k8s.io': gatewayNetworkingK8sIoRules,
  'gateway.solo.io': gatewaySoloIoRules,
  'gloo.solo.io': glooSoloIoRules,
  'grafana-org-operator.kubitus-project.gitlab.io': grafanaOrgOperatorKubitusProjectGitlabIoRules,
  'grafana.integreatly.org': grafanaIntegreatlyOrgRules,
  'helm.toolkit.fluxcd.io': helmToolkitFluxcdIoRules,
  'iammanager.keikoproj.io': iammanagerKeikoprojIoRules,
  'image.toolkit.fluxcd.io': imageToolkitFluxcdIoRules,
  'install.istio.io': installIstioIoRules,
  'jaegertracing.io': jaegertracingIoRules,
  'k8s.keycloak.org': k8sKeycloakOrgRules,
  'k8s.mariadb.com': k8sMariadbComRules,
  'kafka.banzaicloud.io': kafkaBanzaicloudIoRules,
  'kafka.strimzi.io': kafkaStrimziIoRules,
  'karpenter.k8s.aws': karpenterK8sAwsRules,
  'karpenter.sh': karpenterShRules,
  'keda.sh': kedaShRules,
  'kiali.io': kialiIoRules,
  'kibana.k8s.elastic.co': kibanaK8sElasticCoRules,
  'kubernetes-client.io': kubernetesClientIoRules,
  'kubevirt.io': kubevirtIoRules,
  'kustomize.toolkit.fluxcd.io': kustomizeToolkitFluxcdIoRules,
  'kyverno.io': kyvernoIoRules,
  'lifecycle.keptn.sh': lifecycleKeptnShRules,
  'logstash.k8s.elastic.co': logstashK8sElasticCoRules,
  'machinelearning.seldon.io': machinelearningSeldonIoRules,
  'mariadb.mmontes.io': mariadbMmontesIoRules,
  'messaging.knative.dev': messagingKnativeDevRules,
  'metrics.keptn.sh': metricsKeptnShRules,
  'microgateway.airlock.com': microgatewayAirlockComRules,
  'minio.min.io': minioMinIoRules,
  'mlops.seldon.io': mlopsSeldonIoRules,
  'monitoring.coreos.com': monitoringCoreosComRules,
  'networking.gke.io': networkingGkeIoRules,
  'networking.istio.io': networkingIstioIoRules,
  'nmstate.io': nmstateIoRules,
  'notification.toolkit.fluxcd.io': notificationToolkitFluxcdIoRules,
  'numaflow.numaproj.io': numaflowNumaprojIoRules,
  'numaplane.numaproj.io': numaplaneNumaprojIoRules,
  'objectbucket.io': objectbucketIoRules,
  'ocs.openshift.io': ocsOpenshiftIoRules,
  'onepassword.com': onepasswordComRules,
  'openfaas.com': openfaasComRules,
  'opentelemetry.io': opentelemetryIoRules,
  'operator.knative.dev': operatorKnativeDevRules,
  'operator.openshift.io': operatorOpenshiftIoRules,
  'operator.victoriametrics.com': operatorVictoriametricsComRules,
  'operators.coreos.com': operatorsCoreosComRules,
  'pgv2.percona.com': pgv2PerconaComRules,
  'pkg.crossplane.io': pkgCrossplaneIoRules,
  'platform.confluent.io': platformConfluentIoRules,
  'policy.open-cluster-management.io': policyOpenClusterManagementIoRules,
  'postgres-operator.crunchydata.com': postgresOperatorCrunchydataComRules,
  'postgresql.cnpg.io': postgresqlCnpgIoRules,
  'proclaim.dogmatiq.io': proclaimDogmatiqIoRules,
  'projectcontour.io': projectcontourIoRules,
  'promoter.argoproj.io': promoterArgoprojIoRules,
  'psmdb.percona.com': psmdbPerconaComRules,
  'pulumi.com': pulumiComRules,
  'pxc.percona.com': pxcPerconaComRules,
  'rabbitmq.com': rabbitmqComRules,
  'rollouts.kruise.io': rolloutsKruiseIoRules,
  'route.openshift.io': routeOpenshiftIoRules,
  'sailoperator.io': sailoperatorIoRules,
  'security.istio.io': securityIstioIoRules,
  'services.cloud.sap.com': servicesCloudSapComRules,
  'serving.knative.dev': servingKnativeDevRules,
  'serving.kserve.io': servingKserveIoRules,
  'snapshot.storage.k8s.io': snapshotStorageK8sIoRules,
  'solr.apache.org': solrApacheOrgRules,
  'source.toolkit.fluxcd.io': sourceToolkitFluxcdIoRules,
  'sources.knative.dev': sourcesKnativeDevRules,
  'sparkoperator.k8s.io': sparkoperatorK8sIoRules,
  'spot.io': spotIoRules,
  'stacks.crossplane.io': stacksCrossplaneIoRules,
  'tower.ansible.com': towerAnsibleComRules,
  'trident.netapp.io': tridentNetappIoRules,
  'velero.io': veleroIoRules,
  'work.karmada.io': workKarmadaIoRules,
  'zookeeper.pravega.io': zookeeperPravegaIoRules,
};
