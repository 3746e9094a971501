// @table: what the protobuf descriptors do not say about the Go structs of Kubernetes 1.32, read from the public API types
/**
 * One line a struct: `name: field…`; a struct is a kind when `$` follows its name. Only fields with something to say
 * are listed, each with these marks: `^` embedded struct, `<x` called x in the descriptor, `*` pointer, `!` written
 * even when zero (no omitempty), `r` required, `@map(keys)` `@set` `@atomic` `@granular` for server-side apply,
 * `~strategy(key)` for strategic merge.
 */
export const GO_FACTS = `
core.v1.Volume: name!r volumeSource^
core.v1.VolumeSource: hostPath* emptyDir* gcePersistentDisk* awsElasticBlockStore* gitRepo* secret* nfs* iscsi* glusterfs* persistentVolumeClaim* rbd* flexVolume* cinder* cephfs* flocker* downwardAPI* fc* azureFile* configMap* vsphereVolume* quobyte* azureDisk* photonPersistentDisk* projected* portworxVolume* scaleIO* storageos* csi* ephemeral* image*
core.v1.PersistentVolumeClaimVolumeSource: claimName!r
core.v1.PersistentVolumeSource: gcePersistentDisk* awsElasticBlockStore* hostPath* glusterfs* nfs* rbd* iscsi* cinder* cephfs* fc* flocker* flexVolume* azureFile* vsphereVolume* quobyte* azureDisk* photonPersistentDisk* portworxVolume* scaleIO* local* storageos* csi*
core.v1.PersistentVolume$:
core.v1.PersistentVolumeSpec: persistentVolumeSource^ claimRef*@granular volumeMode* nodeAffinity* volumeAttributesClassName*
core.v1.VolumeNodeAffinity: required*
core.v1.PersistentVolumeStatus: lastPhaseTransitionTime*
core.v1.PersistentVolumeClaim$:
core.v1.PersistentVolumeClaimSpec: selector* storageClassName* volumeMode* dataSource* dataSourceRef* volumeAttributesClassName*
core.v1.TypedObjectReference: apiGroup*! kind!r name!r namespace*
core.v1.ModifyVolumeStatus: status!r
core.v1.PersistentVolumeClaimCondition: type!r status!r
core.v1.PersistentVolumeClaimStatus: conditions@map(type)~merge(type) currentVolumeAttributesClassName* modifyVolumeStatus*
core.v1.HostPathVolumeSource: path!r type*
core.v1.EmptyDirVolumeSource: sizeLimit*
core.v1.GlusterfsVolumeSource: endpoints!r path!r
core.v1.GlusterfsPersistentVolumeSource: endpoints!r path!r endpointsNamespace*
core.v1.RBDVolumeSource: monitors!r image!r secretRef*
core.v1.RBDPersistentVolumeSource: monitors!r image!r secretRef*
core.v1.CinderVolumeSource: volumeID!r secretRef*
core.v1.CinderPersistentVolumeSource: volumeID!r secretRef*
core.v1.CephFSVolumeSource: monitors!r secretRef*
core.v1.SecretReference:
core.v1.CephFSPersistentVolumeSource: monitors!r secretRef*
core.v1.FlockerVolumeSource:
core.v1.GCEPersistentDiskVolumeSource: pdName!r
core.v1.QuobyteVolumeSource: registry!r volume!r
core.v1.FlexPersistentVolumeSource: driver!r secretRef*
core.v1.FlexVolumeSource: driver!r secretRef*
core.v1.AWSElasticBlockStoreVolumeSource: volumeID!r
core.v1.GitRepoVolumeSource: repository!r
core.v1.SecretVolumeSource: defaultMode* optional*
core.v1.SecretProjection: localObjectReference^ optional*
core.v1.NFSVolumeSource: server!r path!r
core.v1.ISCSIVolumeSource: targetPortal!r iqn!r lun!r secretRef* initiatorName*
core.v1.ISCSIPersistentVolumeSource: targetPortal!r iqn!r lun!r secretRef* initiatorName*
core.v1.FCVolumeSource: lun*
core.v1.AzureFileVolumeSource: secretName!r shareName!r
core.v1.AzureFilePersistentVolumeSource: secretName!r shareName!r secretNamespace*!
core.v1.VsphereVirtualDiskVolumeSource: volumePath!r
core.v1.PhotonPersistentDiskVolumeSource: pdID!r
core.v1.AzureDiskVolumeSource: diskName!r diskURI!r cachingMode* fsType* readOnly* kind*
core.v1.PortworxVolumeSource: volumeID!r
core.v1.ScaleIOVolumeSource: gateway!r system!r secretRef*!r
core.v1.ScaleIOPersistentVolumeSource: gateway!r system!r secretRef*!r
core.v1.StorageOSVolumeSource: secretRef*
core.v1.StorageOSPersistentVolumeSource: secretRef*
core.v1.ConfigMapVolumeSource: localObjectReference^ defaultMode* optional*
core.v1.ConfigMapProjection: localObjectReference^ optional*
core.v1.ServiceAccountTokenProjection: expirationSeconds* path!r
core.v1.ClusterTrustBundleProjection: name* signerName* labelSelector* optional* path!r
core.v1.ProjectedVolumeSource: sources! defaultMode*
core.v1.VolumeProjection: secret* downwardAPI* configMap* serviceAccountToken* clusterTrustBundle*
core.v1.KeyToPath: key!r path!r mode*
core.v1.LocalVolumeSource: path!r fsType*
core.v1.CSIPersistentVolumeSource: driver!r volumeHandle!r controllerPublishSecretRef* nodeStageSecretRef* nodePublishSecretRef* controllerExpandSecretRef* nodeExpandSecretRef*
core.v1.CSIVolumeSource: driver!r readOnly* fsType* nodePublishSecretRef*
core.v1.EphemeralVolumeSource: volumeClaimTemplate*
core.v1.PersistentVolumeClaimTemplate: spec!r
core.v1.ContainerPort: containerPort!r
core.v1.VolumeMount: name!r recursiveReadOnly* mountPath!r mountPropagation*
core.v1.VolumeDevice: name!r devicePath!r
core.v1.EnvVar: name!r valueFrom*
core.v1.EnvVarSource: fieldRef* resourceFieldRef* configMapKeyRef* secretKeyRef*
core.v1.ObjectFieldSelector: fieldPath!r
core.v1.ResourceFieldSelector: resource!r
core.v1.ConfigMapKeySelector: localObjectReference^ key!r optional*
core.v1.SecretKeySelector: localObjectReference^ key!r optional*
core.v1.EnvFromSource: configMapRef* secretRef*
core.v1.ConfigMapEnvSource: localObjectReference^ optional*
core.v1.SecretEnvSource: localObjectReference^ optional*
core.v1.HTTPHeader: name!r value!r
core.v1.HTTPGetAction: port!r
core.v1.TCPSocketAction: port!r
core.v1.GRPCAction: port!r service*!
core.v1.ExecAction:
core.v1.SleepAction: seconds!r
core.v1.Probe: handler^ terminationGracePeriodSeconds*
core.v1.ContainerResizePolicy: resourceName!r restartPolicy!r
core.v1.Capabilities:
core.v1.ResourceRequirements: claims@map(name)
core.v1.VolumeResourceRequirements:
core.v1.ResourceClaim: name!r
core.v1.Container: name!r ports@map(containerPort,protocol)~merge(containerPort) env@map(name)~merge(name) restartPolicy* volumeMounts@map(mountPath)~merge(mountPath) volumeDevices@map(devicePath)~merge(devicePath) livenessProbe* readinessProbe* startupProbe* lifecycle* securityContext*
core.v1.ProbeHandler: exec* httpGet* tcpSocket* grpc*
core.v1.LifecycleHandler: exec* httpGet* tcpSocket* sleep*
core.v1.Lifecycle: postStart* preStop*
core.v1.ContainerStateWaiting:
core.v1.ContainerStateRunning:
core.v1.ContainerStateTerminated: exitCode!r
core.v1.ContainerState: waiting* running* terminated*
core.v1.ContainerStatus: name!r ready!r restartCount!r image!r imageID!r started* resources* volumeMounts@map(mountPath)~merge(mountPath) user* allocatedResourcesStatus@map(name)~merge(name)
core.v1.ResourceStatus: name!r resources@map(resourceID)
core.v1.ResourceHealth: resourceID!r
core.v1.ContainerUser: linux*
core.v1.LinuxContainerUser: uid!r gid!r
core.v1.PodCondition: type!r status!r
core.v1.VolumeMountStatus: name!r mountPath!r recursiveReadOnly*
core.v1.NodeSelector: nodeSelectorTerms!r
core.v1.NodeSelectorTerm:
core.v1.NodeSelectorRequirement: key!r operator!r
core.v1.TopologySelectorTerm:
core.v1.TopologySelectorLabelRequirement: key!r values!r
core.v1.Affinity: nodeAffinity* podAffinity* podAntiAffinity*
core.v1.PodAffinity:
core.v1.PodAntiAffinity:
core.v1.WeightedPodAffinityTerm: weight!r podAffinityTerm!r
core.v1.PodAffinityTerm: labelSelector* topologyKey!r namespaceSelector*
core.v1.NodeAffinity: requiredDuringSchedulingIgnoredDuringExecution*
core.v1.PreferredSchedulingTerm: weight!r preference!r
core.v1.Taint: key!r effect!r timeAdded*
core.v1.Toleration: tolerationSeconds*
core.v1.PodReadinessGate: conditionType!r
core.v1.PodSpec: volumes@map(name)~merge,retainKeys(name) initContainers@map(name)~merge(name) containers!r@map(name)~merge(name) ephemeralContainers@map(name)~merge(name) terminationGracePeriodSeconds* activeDeadlineSeconds* nodeSelector@atomic automountServiceAccountToken* shareProcessNamespace* securityContext* imagePullSecrets@map(name)~merge(name) affinity* hostAliases@map(ip)~merge(ip) priority* dnsConfig* runtimeClassName* enableServiceLinks* preemptionPolicy* topologySpreadConstraints@map(topologyKey,whenUnsatisfiable)~merge(topologyKey) setHostnameAsFQDN* os* hostUsers* schedulingGates@map(name)~merge(name) resourceClaims@map(name)~merge,retainKeys(name) resources*
core.v1.PodResourceClaim: name!r resourceClaimName* resourceClaimTemplateName*
core.v1.PodResourceClaimStatus: name!r resourceClaimName*
core.v1.PodOS: name!r
core.v1.PodSchedulingGate: name!r
core.v1.TopologySpreadConstraint: maxSkew!r topologyKey!r whenUnsatisfiable!r labelSelector* minDomains* nodeAffinityPolicy* nodeTaintsPolicy*
core.v1.HostAlias: ip!r
core.v1.PodSecurityContext: seLinuxOptions* windowsOptions* runAsUser* runAsGroup* runAsNonRoot* supplementalGroupsPolicy* fsGroup* fsGroupChangePolicy* seccompProfile* appArmorProfile* seLinuxChangePolicy*
core.v1.SeccompProfile: type!r localhostProfile*
core.v1.AppArmorProfile: type!r localhostProfile*
core.v1.PodDNSConfig:
core.v1.PodDNSConfigOption: value*
core.v1.PodIP: ip!r
core.v1.HostIP: ip!r
core.v1.EphemeralContainerCommon: name!r ports@map(containerPort,protocol)~merge(containerPort) env@map(name)~merge(name) restartPolicy* volumeMounts@map(mountPath)~merge(mountPath) volumeDevices@map(devicePath)~merge(devicePath) livenessProbe* readinessProbe* startupProbe* lifecycle* securityContext*
core.v1.EphemeralContainer: ephemeralContainerCommon^
core.v1.PodStatus: conditions@map(type)~merge(type) hostIPs~merge(ip) podIPs@map(ip)~merge(ip) startTime* resourceClaimStatuses@map(name)~merge,retainKeys(name)
core.v1.Pod$:
core.v1.PodTemplateSpec:
core.v1.PodTemplate$:
core.v1.ReplicationControllerSpec: replicas* selector@atomic template*
core.v1.ReplicationControllerStatus: replicas!r conditions@map(type)~merge(type)
core.v1.ReplicationControllerCondition: type!r status!r
core.v1.ReplicationController$:
core.v1.SessionAffinityConfig: clientIP*
core.v1.ClientIPConfig: timeoutSeconds*
core.v1.ServiceStatus: conditions@map(type)~merge(type)
core.v1.LoadBalancerStatus:
core.v1.LoadBalancerIngress: ipMode*
core.v1.ServiceSpec: ports@map(port,protocol)~merge(port) selector@atomic sessionAffinityConfig* ipFamilyPolicy* allocateLoadBalancerNodePorts* loadBalancerClass* internalTrafficPolicy* trafficDistribution*
core.v1.ServicePort: appProtocol* port!r
core.v1.Service$:
core.v1.ServiceAccount$: secrets@map(name)~merge(name) automountServiceAccountToken*
core.v1.Endpoints$:
core.v1.EndpointSubset:
core.v1.EndpointAddress: ip!r nodeName* targetRef*
core.v1.EndpointPort: port!r appProtocol*
core.v1.NodeSpec: podCIDRs@set~merge configSource*
core.v1.NodeConfigSource: configMap*
core.v1.ConfigMapNodeConfigSource: namespace!r name!r kubeletConfigKey!r
core.v1.DaemonEndpoint: Port!r
core.v1.NodeDaemonEndpoints:
core.v1.NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts* userNamespaces*
core.v1.NodeRuntimeHandler: name! features*
core.v1.NodeFeatures: supplementalGroupsPolicy*
core.v1.NodeSystemInfo: machineID!r systemUUID!r bootID!r kernelVersion!r osImage!r containerRuntimeVersion!r kubeletVersion!r kubeProxyVersion!r operatingSystem!r architecture!r
core.v1.NodeConfigStatus: assigned* active* lastKnownGood*
core.v1.NodeStatus: conditions@map(type)~merge(type) addresses@map(type)~merge(type) config* features*
core.v1.AttachedVolume: name!r devicePath!r
core.v1.AvoidPods:
core.v1.PreferAvoidPodsEntry: podSignature!r
core.v1.PodSignature: podController*
core.v1.ContainerImage: names!
core.v1.NodeCondition: type!r status!r
core.v1.NodeAddress: type!r address!r
core.v1.Node$:
core.v1.NamespaceSpec:
core.v1.NamespaceStatus: conditions@map(type)~merge(type)
core.v1.NamespaceCondition: type!r status!r
core.v1.Namespace$:
core.v1.Binding$: target!r
core.v1.Preconditions: uid*
core.v1.PodLogOptions$: sinceSeconds* sinceTime* tailLines* limitBytes* stream*
core.v1.PodAttachOptions$:
core.v1.PodExecOptions$: command!r
core.v1.PodPortForwardOptions$:
core.v1.PodProxyOptions$:
core.v1.NodeProxyOptions$:
core.v1.ServiceProxyOptions$:
core.v1.ObjectReference:
core.v1.LocalObjectReference:
core.v1.TypedLocalObjectReference: apiGroup*! kind!r name!r
core.v1.SerializedReference$:
core.v1.EventSource:
core.v1.Event$: metadata!r involvedObject!r series* related* reportingComponent! reportingInstance!
core.v1.EventSeries:
core.v1.LimitRangeItem: type!r
core.v1.LimitRangeSpec: limits!r
core.v1.LimitRange$:
core.v1.ResourceQuotaSpec: scopeSelector*
core.v1.ScopeSelector:
core.v1.ScopedResourceSelectorRequirement: scopeName!r operator!r
core.v1.ResourceQuotaStatus:
core.v1.ResourceQuota$:
core.v1.Secret$: immutable*
core.v1.ConfigMap$: immutable*
core.v1.ComponentCondition: type!r status!r
core.v1.ComponentStatus$: conditions@map(type)~merge(type)
core.v1.DownwardAPIVolumeSource: defaultMode*
core.v1.DownwardAPIVolumeFile: path!r fieldRef* resourceFieldRef* mode*
core.v1.DownwardAPIProjection:
core.v1.SecurityContext: capabilities* privileged* seLinuxOptions* windowsOptions* runAsUser* runAsGroup* runAsNonRoot* readOnlyRootFilesystem* allowPrivilegeEscalation* procMount* seccompProfile* appArmorProfile*
core.v1.SELinuxOptions:
core.v1.WindowsSecurityContextOptions: gmsaCredentialSpecName* gmsaCredentialSpec* runAsUserName* hostProcess*
core.v1.RangeAllocation$: range!r data!r
core.v1.Sysctl: name!r value!r
core.v1.PortStatus: port!r protocol!r error*
core.v1.ImageVolumeSource:
apps.v1.StatefulSet$:
apps.v1.StatefulSetUpdateStrategy: rollingUpdate*
apps.v1.RollingUpdateStatefulSetStrategy: partition* maxUnavailable*
apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy:
apps.v1.StatefulSetOrdinals: start!
apps.v1.StatefulSetSpec: replicas* selector*!r template!r serviceName! revisionHistoryLimit* persistentVolumeClaimRetentionPolicy* ordinals*
apps.v1.StatefulSetStatus: replicas!r collisionCount* conditions@map(type)~merge(type) availableReplicas!
apps.v1.StatefulSetCondition: type! status!
apps.v1.Deployment$:
apps.v1.DeploymentSpec: replicas* selector*!r template!r strategy~retainKeys revisionHistoryLimit* progressDeadlineSeconds*
apps.v1.DeploymentStrategy: rollingUpdate*
apps.v1.RollingUpdateDeployment: maxUnavailable* maxSurge*
apps.v1.DeploymentStatus: conditions@map(type)~merge(type) collisionCount*
apps.v1.DeploymentCondition: type! status!
apps.v1.DaemonSetUpdateStrategy: rollingUpdate*
apps.v1.RollingUpdateDaemonSet: maxUnavailable* maxSurge*
apps.v1.DaemonSetSpec: selector*!r template!r revisionHistoryLimit*
apps.v1.DaemonSetStatus: currentNumberScheduled!r numberMisscheduled!r desiredNumberScheduled!r numberReady!r collisionCount* conditions@map(type)~merge(type)
apps.v1.DaemonSetCondition: type! status!
apps.v1.DaemonSet$:
apps.v1.ReplicaSet$:
apps.v1.ReplicaSetSpec: replicas* selector*!r
apps.v1.ReplicaSetStatus: replicas!r conditions@map(type)~merge(type)
apps.v1.ReplicaSetCondition: type! status!
apps.v1.ControllerRevision$: data!r revision!
batch.v1.Job$:
batch.v1.PodFailurePolicyOnExitCodesRequirement: containerName* operator!r values!r@set
batch.v1.PodFailurePolicyOnPodConditionsPattern: type!r status!
batch.v1.PodFailurePolicyRule: action!r onExitCodes*
batch.v1.PodFailurePolicy: rules!r
batch.v1.SuccessPolicy: rules!r
batch.v1.SuccessPolicyRule: succeededIndexes* succeededCount*
batch.v1.JobSpec: parallelism* completions* activeDeadlineSeconds* podFailurePolicy* successPolicy* backoffLimit* backoffLimitPerIndex* maxFailedIndexes* selector* manualSelector* template!r ttlSecondsAfterFinished* completionMode* suspend* podReplacementPolicy* managedBy*
batch.v1.JobStatus: conditions~merge(type) startTime* completionTime* terminating* failedIndexes* uncountedTerminatedPods* ready*
batch.v1.UncountedTerminatedPods: succeeded@set failed@set
batch.v1.JobCondition: type!r status!r
batch.v1.JobTemplateSpec:
batch.v1.CronJob$:
batch.v1.CronJobSpec: schedule!r timeZone* startingDeadlineSeconds* suspend* jobTemplate!r successfulJobsHistoryLimit* failedJobsHistoryLimit*
batch.v1.CronJobStatus: lastScheduleTime* lastSuccessfulTime*
networking.v1.NetworkPolicy$:
networking.v1.NetworkPolicySpec: podSelector!
networking.v1.NetworkPolicyIngressRule:
networking.v1.NetworkPolicyEgressRule:
networking.v1.NetworkPolicyPort: protocol* port* endPort*
networking.v1.IPBlock: cidr!r
networking.v1.NetworkPolicyPeer: podSelector* namespaceSelector* ipBlock*
networking.v1.Ingress$:
networking.v1.IngressSpec: ingressClassName* defaultBackend*
networking.v1.IngressTLS:
networking.v1.IngressStatus:
networking.v1.IngressLoadBalancerStatus:
networking.v1.IngressLoadBalancerIngress:
networking.v1.IngressPortStatus: port!r protocol!r error*
networking.v1.IngressRule: ingressRuleValue^
networking.v1.IngressRuleValue: http*
networking.v1.HTTPIngressRuleValue: paths!r
networking.v1.HTTPIngressPath: pathType*!r backend!r
networking.v1.IngressBackend: service* resource*
networking.v1.IngressServiceBackend: name!r
networking.v1.ServiceBackendPort:
networking.v1.IngressClass$:
networking.v1.IngressClassSpec: parameters*
networking.v1.IngressClassParametersReference: apiGroup<aPIGroup* kind!r name!r scope*! namespace*
rbac.v1.PolicyRule: verbs!r
rbac.v1.Subject: kind!r name!r
rbac.v1.RoleRef: apiGroup! kind!r name!r
rbac.v1.Role$: rules!
rbac.v1.RoleBinding$: roleRef!r
rbac.v1.ClusterRole$: rules! aggregationRule*
rbac.v1.AggregationRule:
rbac.v1.ClusterRoleBinding$: roleRef!r
policy.v1.PodDisruptionBudgetSpec: minAvailable* selector*~replace maxUnavailable* unhealthyPodEvictionPolicy*
policy.v1.PodDisruptionBudgetStatus: disruptionsAllowed! currentHealthy! desiredHealthy! expectedPods! conditions@map(type)~merge(type)
policy.v1.PodDisruptionBudget$:
policy.v1.Eviction$: deleteOptions*
autoscaling.v1.CrossVersionObjectReference: kind!r name!r
autoscaling.v1.HorizontalPodAutoscalerSpec: scaleTargetRef!r minReplicas* maxReplicas!r targetCPUUtilizationPercentage*
autoscaling.v1.HorizontalPodAutoscalerStatus: observedGeneration* lastScaleTime* currentReplicas!r desiredReplicas!r currentCPUUtilizationPercentage*
autoscaling.v1.HorizontalPodAutoscaler$:
autoscaling.v1.Scale$:
autoscaling.v1.ScaleSpec:
autoscaling.v1.ScaleStatus: replicas!r
autoscaling.v1.MetricSpec: type!r object* pods* resource* containerResource* external*
autoscaling.v1.ObjectMetricSource: target!r metricName!r targetValue!r selector* averageValue*
autoscaling.v1.PodsMetricSource: metricName!r targetAverageValue!r selector*
autoscaling.v1.ResourceMetricSource: name!r targetAverageUtilization* targetAverageValue*
autoscaling.v1.ContainerResourceMetricSource: name!r targetAverageUtilization* targetAverageValue* container!r
autoscaling.v1.ExternalMetricSource: metricName!r metricSelector* targetValue* targetAverageValue*
autoscaling.v1.MetricStatus: type!r object* pods* resource* containerResource* external*
autoscaling.v1.HorizontalPodAutoscalerCondition: type!r status!r
autoscaling.v1.ObjectMetricStatus: target!r metricName!r currentValue!r selector* averageValue*
autoscaling.v1.PodsMetricStatus: metricName!r currentAverageValue!r selector*
autoscaling.v1.ResourceMetricStatus: name!r currentAverageUtilization* currentAverageValue!r
autoscaling.v1.ContainerResourceMetricStatus: name!r currentAverageUtilization* currentAverageValue!r container!r
autoscaling.v1.ExternalMetricStatus: metricName!r metricSelector* currentValue!r currentAverageValue*
autoscaling.v2.HorizontalPodAutoscaler$:
autoscaling.v2.HorizontalPodAutoscalerSpec: scaleTargetRef!r minReplicas* maxReplicas!r behavior*
autoscaling.v2.CrossVersionObjectReference: kind!r name!r
autoscaling.v2.MetricSpec: type!r object* pods* resource* containerResource* external*
autoscaling.v2.HorizontalPodAutoscalerBehavior: scaleUp* scaleDown*
autoscaling.v2.HPAScalingRules: stabilizationWindowSeconds* selectPolicy*
autoscaling.v2.HPAScalingPolicy: type!r value!r periodSeconds!r
autoscaling.v2.ObjectMetricSource: describedObject!r target!r metric!r
autoscaling.v2.PodsMetricSource: metric!r target!r
autoscaling.v2.ResourceMetricSource: name!r target!r
autoscaling.v2.ContainerResourceMetricSource: name!r target!r container!r
autoscaling.v2.ExternalMetricSource: metric!r target!r
autoscaling.v2.MetricIdentifier: name!r selector*
autoscaling.v2.MetricTarget: type!r value* averageValue* averageUtilization*
autoscaling.v2.HorizontalPodAutoscalerStatus: observedGeneration* lastScaleTime* desiredReplicas!r currentMetrics! conditions@map(type)~merge(type)
autoscaling.v2.HorizontalPodAutoscalerCondition: type!r status!r
autoscaling.v2.MetricStatus: type!r object* pods* resource* containerResource* external*
autoscaling.v2.ObjectMetricStatus: metric!r current!r describedObject!r
autoscaling.v2.PodsMetricStatus: metric!r current!r
autoscaling.v2.ResourceMetricStatus: name!r current!r
autoscaling.v2.ContainerResourceMetricStatus: name!r current!r container!r
autoscaling.v2.ExternalMetricStatus: metric!r current!r
autoscaling.v2.MetricValueStatus: value* averageValue* averageUtilization*
coordination.v1.Lease$:
coordination.v1.LeaseSpec: holderIdentity* leaseDurationSeconds* acquireTime* renewTime* leaseTransitions* strategy* preferredHolder*
discovery.v1.EndpointSlice$: addressType!r endpoints! ports!
discovery.v1.Endpoint: addresses!r@set hostname* targetRef* nodeName* zone* hints*
discovery.v1.EndpointConditions: ready* serving* terminating*
discovery.v1.EndpointHints:
discovery.v1.ForZone: name!r
discovery.v1.EndpointPort: name* protocol* port* appProtocol*
events.v1.Event$: metadata! eventTime!r series* related*
events.v1.EventSeries: count!r lastObservedTime!r
storage.v1.StorageClass$: provisioner!r reclaimPolicy* allowVolumeExpansion* volumeBindingMode*
storage.v1.VolumeAttachment$: spec!r
storage.v1.VolumeAttachmentSpec: attacher!r source!r nodeName!r
storage.v1.VolumeAttachmentSource: persistentVolumeName* inlineVolumeSpec*
storage.v1.VolumeAttachmentStatus: attached!r attachError* detachError*
storage.v1.VolumeError:
storage.v1.CSIDriver$: spec!r
storage.v1.CSIDriverSpec: attachRequired* podInfoOnMount* volumeLifecycleModes@set storageCapacity* fsGroupPolicy* requiresRepublish* seLinuxMount*
storage.v1.TokenRequest: audience!r expirationSeconds*
storage.v1.CSINode$: spec!r
storage.v1.CSINodeSpec: drivers!r@map(name)~merge(name)
storage.v1.CSINodeDriver: name!r nodeID!r topologyKeys! allocatable*
storage.v1.VolumeNodeResources: count*
storage.v1.CSIStorageCapacity$: nodeTopology* storageClassName!r capacity* maximumVolumeSize*
scheduling.v1.PriorityClass$: value! preemptionPolicy*
authentication.v1.TokenReview$: spec!r
authentication.v1.TokenReviewSpec:
authentication.v1.TokenReviewStatus:
authentication.v1.UserInfo:
authentication.v1.TokenRequest$: spec!
authentication.v1.TokenRequestSpec: audiences! expirationSeconds*! boundObjectRef*!
authentication.v1.TokenRequestStatus: token! expirationTimestamp!
authentication.v1.BoundObjectReference: uid<uID
authentication.v1.SelfSubjectReview$:
authentication.v1.SelfSubjectReviewStatus:
authorization.v1.SubjectAccessReview$: spec!r
authorization.v1.SelfSubjectAccessReview$: spec!r
authorization.v1.LocalSubjectAccessReview$: spec!r
authorization.v1.ResourceAttributes: fieldSelector* labelSelector*
authorization.v1.LabelSelectorAttributes:
authorization.v1.FieldSelectorAttributes:
authorization.v1.NonResourceAttributes:
authorization.v1.SubjectAccessReviewSpec: resourceAttributes* nonResourceAttributes*
authorization.v1.SelfSubjectAccessReviewSpec: resourceAttributes* nonResourceAttributes*
authorization.v1.SubjectAccessReviewStatus: allowed!r
authorization.v1.SelfSubjectRulesReview$: spec!r
authorization.v1.SelfSubjectRulesReviewSpec:
authorization.v1.SubjectRulesReviewStatus: resourceRules!r nonResourceRules!r incomplete!r
authorization.v1.ResourceRule: verbs!r
authorization.v1.NonResourceRule: verbs!r
certificates.v1.CertificateSigningRequest$: spec!r
certificates.v1.CertificateSigningRequestSpec: request!r signerName!r expirationSeconds*
certificates.v1.CertificateSigningRequestStatus: conditions@map(type)
certificates.v1.CertificateSigningRequestCondition: type!r status!r
admissionregistration.v1.Rule: scope*
admissionregistration.v1.ValidatingAdmissionPolicy$:
admissionregistration.v1.ValidatingAdmissionPolicyStatus: typeChecking* conditions@map(type)
admissionregistration.v1.TypeChecking:
admissionregistration.v1.ExpressionWarning: fieldRef!r warning!r
admissionregistration.v1.ValidatingAdmissionPolicySpec: paramKind* matchConstraints* failurePolicy* matchConditions@map(name)~merge(name) variables@map(name)~merge(name)
admissionregistration.v1.ParamKind:
admissionregistration.v1.Validation: expression<Expression!r reason*
admissionregistration.v1.Variable: name<Name!r expression<Expression!r
admissionregistration.v1.AuditAnnotation: key!r valueExpression!r
admissionregistration.v1.ValidatingAdmissionPolicyBinding$:
admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec: paramRef* matchResources* validationActions@set
admissionregistration.v1.ParamRef: selector* parameterNotFoundAction*
admissionregistration.v1.MatchResources: namespaceSelector* objectSelector* matchPolicy*
admissionregistration.v1.NamedRuleWithOperations: ruleWithOperations^
admissionregistration.v1.ValidatingWebhookConfiguration$: webhooks<Webhooks@map(name)~merge(name)
admissionregistration.v1.MutatingWebhookConfiguration$: webhooks<Webhooks@map(name)~merge(name)
admissionregistration.v1.ValidatingWebhook: name!r clientConfig!r failurePolicy* matchPolicy* namespaceSelector* objectSelector* sideEffects*!r timeoutSeconds* admissionReviewVersions!r matchConditions@map(name)~merge(name)
admissionregistration.v1.MutatingWebhook: name!r clientConfig!r failurePolicy* matchPolicy* namespaceSelector* objectSelector* sideEffects*!r timeoutSeconds* admissionReviewVersions!r reinvocationPolicy* matchConditions@map(name)~merge(name)
admissionregistration.v1.RuleWithOperations: rule^
admissionregistration.v1.WebhookClientConfig: url* service*
admissionregistration.v1.ServiceReference: namespace!r name!r path* port*
admissionregistration.v1.MatchCondition: name!r expression!r
node.v1.RuntimeClass$: handler!r overhead* scheduling*
node.v1.Overhead:
node.v1.Scheduling: nodeSelector@atomic
flowcontrol.v1.FlowSchema$:
flowcontrol.v1.FlowSchemaSpec: priorityLevelConfiguration!r matchingPrecedence! distinguisherMethod*
flowcontrol.v1.FlowDistinguisherMethod: type!r
flowcontrol.v1.PriorityLevelConfigurationReference: name!r
flowcontrol.v1.PolicyRulesWithSubjects: subjects!r
flowcontrol.v1.Subject: kind!r user* group* serviceAccount*
flowcontrol.v1.UserSubject: name!r
flowcontrol.v1.GroupSubject: name!r
flowcontrol.v1.ServiceAccountSubject: namespace!r name!r
flowcontrol.v1.ResourcePolicyRule: verbs!r@set apiGroups!r@set resources!r@set namespaces!@set
flowcontrol.v1.NonResourcePolicyRule: verbs!r@set nonResourceURLs!r@set
flowcontrol.v1.FlowSchemaStatus: conditions@map(type)~merge(type)
flowcontrol.v1.FlowSchemaCondition:
flowcontrol.v1.PriorityLevelConfiguration$:
flowcontrol.v1.PriorityLevelConfigurationSpec: type!r limited* exempt*
flowcontrol.v1.LimitedPriorityLevelConfiguration: nominalConcurrencyShares*! lendablePercent* borrowingLimitPercent*
flowcontrol.v1.ExemptPriorityLevelConfiguration: nominalConcurrencyShares* lendablePercent*
flowcontrol.v1.LimitResponse: type!r queuing*
flowcontrol.v1.QueuingConfiguration: queues! handSize! queueLengthLimit!
flowcontrol.v1.PriorityLevelConfigurationStatus: conditions@map(type)~merge(type)
flowcontrol.v1.PriorityLevelConfigurationCondition:
meta.v1.TypeMeta:
meta.v1.ListMeta: remainingItemCount*
meta.v1.ObjectMeta: deletionTimestamp* deletionGracePeriodSeconds* ownerReferences@map(uid)~merge(uid) finalizers@set~merge
meta.v1.OwnerReference: apiVersion!r kind!r name!r uid!r controller* blockOwnerDeletion*
meta.v1.ListOptions$: timeoutSeconds* sendInitialEvents*
meta.v1.GetOptions$:
meta.v1.DeleteOptions$: gracePeriodSeconds* preconditions* orphanDependents* propagationPolicy* ignoreStoreReadErrorWithClusterBreakingPotential*
meta.v1.CreateOptions$:
meta.v1.PatchOptions$: force*
meta.v1.ApplyOptions$: force!r fieldManager!r
meta.v1.UpdateOptions$:
meta.v1.Preconditions: uid* resourceVersion*
meta.v1.Status$: details*
meta.v1.StatusDetails:
meta.v1.StatusCause:
meta.v1.APIVersions$: versions!r serverAddressByClientCIDRs!r
meta.v1.APIGroupList$: groups!r
meta.v1.APIResourceList$: groupVersion!r resources!r
meta.v1.APIGroup$: name!r versions!r
meta.v1.ServerAddressByClientCIDR: clientCIDR!r serverAddress!r
meta.v1.GroupVersionForDiscovery: groupVersion!r version!r
meta.v1.APIResource: name!r singularName!r namespaced!r kind!r verbs!r
meta.v1.RootPaths: paths!r
meta.v1.LabelSelector:
meta.v1.LabelSelectorRequirement: key!r operator!r
meta.v1.FieldSelectorRequirement: key!r operator!r
meta.v1.ManagedFieldsEntry: time* fieldsV1*
meta.v1.TableOptions$:
meta.v1.PartialObjectMetadata$:
meta.v1.Condition: type!r status!r lastTransitionTime!r reason!r message!r
`;

/** Structs that the kubectl binary has no descriptor for: `name: field:type:number:marks…`, types as in the output. */
export const OWN_STRUCTS = `
meta.v1.Table$: metadata:meta.v1.ListMeta:: columnDefinitions:[meta.v1.TableColumnDefinition::!r rows:[meta.v1.TableRow::!r
meta.v1.TableColumnDefinition: name:s::!r type:s::!r format:s::!r description:s::!r priority:i::!r
meta.v1.TableRow: cells:[R::!r conditions:[meta.v1.TableRowCondition:: object:R::
meta.v1.TableRowCondition: type:s::!r status:s::!r reason:s:: message:s::
apiextensions.v1.CustomResourceDefinitionSpec: group:s:1:!r names:apiextensions.v1.CustomResourceDefinitionNames:3:!r scope:s:4:!r versions:[apiextensions.v1.CustomResourceDefinitionVersion:7:!r conversion:apiextensions.v1.CustomResourceConversion:9:* preserveUnknownFields:b:10:
apiextensions.v1.CustomResourceConversion: strategy:s:1:!r webhook:apiextensions.v1.WebhookConversion:2:*
apiextensions.v1.WebhookConversion: clientConfig:apiextensions.v1.WebhookClientConfig:2:* conversionReviewVersions:[s:3:!r
apiextensions.v1.WebhookClientConfig: url:s:3:* service:apiextensions.v1.ServiceReference:1:* caBundle:y:2:
apiextensions.v1.ServiceReference: namespace:s:1:!r name:s:2:!r path:s:3:* port:i:4:*
apiextensions.v1.CustomResourceDefinitionVersion: name:s:1:!r served:b:2:!r storage:b:3:!r deprecated:b:7: deprecationWarning:s:8:* schema:apiextensions.v1.CustomResourceValidation:4:* subresources:apiextensions.v1.CustomResourceSubresources:5:* additionalPrinterColumns:[apiextensions.v1.CustomResourceColumnDefinition:6: selectableFields:[apiextensions.v1.SelectableField:9:
apiextensions.v1.SelectableField: jsonPath:s:1:!r
apiextensions.v1.CustomResourceColumnDefinition: name:s:1:!r type:s:2:!r format:s:3: description:s:4: priority:i:5: jsonPath:s:6:!r
apiextensions.v1.CustomResourceDefinitionNames: plural:s:1:!r singular:s:2: shortNames:[s:3: kind:s:4:!r listKind:s:5: categories:[s:6:
apiextensions.v1.CustomResourceDefinitionCondition: type:s:1:!r status:s:2:!r lastTransitionTime:T:3: reason:s:4: message:s:5: observedGeneration:l:6:
apiextensions.v1.CustomResourceDefinitionStatus: conditions:[apiextensions.v1.CustomResourceDefinitionCondition:1:!@map(type) acceptedNames:apiextensions.v1.CustomResourceDefinitionNames:2:! storedVersions:[s:3:! observedGeneration:l:4:
apiextensions.v1.CustomResourceDefinition$: metadata:meta.v1.ObjectMeta:1: spec:apiextensions.v1.CustomResourceDefinitionSpec:2:!r status:apiextensions.v1.CustomResourceDefinitionStatus:3:
apiextensions.v1.CustomResourceValidation: openAPIV3Schema:apiextensions.v1.JSONSchemaProps:1:*
apiextensions.v1.CustomResourceSubresources: status:apiextensions.v1.CustomResourceSubresourceStatus:1:* scale:apiextensions.v1.CustomResourceSubresourceScale:2:*
apiextensions.v1.CustomResourceSubresourceScale: specReplicasPath:s:1:!r statusReplicasPath:s:2:!r labelSelectorPath:s:3:*
apiextensions.v1.ConversionReview$: request:apiextensions.v1.ConversionRequest:1:* response:apiextensions.v1.ConversionResponse:2:*
apiextensions.v1.ConversionRequest: uid:s:1:!r desiredAPIVersion:s:2:!r objects:[R:3:!r
apiextensions.v1.ConversionResponse: uid:s:1:!r convertedObjects:[R:2:!r result:meta.v1.Status:3:!r
apiextensions.v1.CustomResourceSubresourceStatus:
apiextensions.v1.ExternalDocumentation: description:s:1: url:s:2:
apiextensions.v1.ValidationRule: rule:s:1:!r message:s:2: messageExpression:s:3: reason:s:4:* fieldPath:s:5: optionalOldSelf:b:6:*
apiextensions.v1.JSONSchemaProps: id:s:1: $schema:s:2: $ref:s:3:* description:s:4: type:s:5: format:s:6: title:s:7: default:R:8:* maximum:d:9:* exclusiveMaximum:b:10: minimum:d:11:* exclusiveMinimum:b:12: maxLength:l:13:* minLength:l:14:* pattern:s:15: maxItems:l:16:* minItems:l:17:* uniqueItems:b:18: multipleOf:d:19:* enum:[R:20: maxProperties:l:21:* minProperties:l:22:* required:[s:23: items:R:24:* allOf:[apiextensions.v1.JSONSchemaProps:25: oneOf:[apiextensions.v1.JSONSchemaProps:26: anyOf:[apiextensions.v1.JSONSchemaProps:27: not:apiextensions.v1.JSONSchemaProps:28:* properties:{apiextensions.v1.JSONSchemaProps:29: additionalProperties:R:30:* patternProperties:{apiextensions.v1.JSONSchemaProps:31: dependencies:{R:32: additionalItems:R:33:* definitions:{apiextensions.v1.JSONSchemaProps:34: externalDocs:apiextensions.v1.ExternalDocumentation:35:* example:R:36:* nullable:b:37: x-kubernetes-preserve-unknown-fields:b:38:* x-kubernetes-embedded-resource:b:39: x-kubernetes-int-or-string:b:40: x-kubernetes-list-map-keys:[s:41: x-kubernetes-list-type:s:42:* x-kubernetes-map-type:s:43:* x-kubernetes-validations:[apiextensions.v1.ValidationRule:44:@map(rule)~merge(rule)
apiregistration.v1.ServiceReference: namespace:s:1: name:s:2: port:i:3:*
apiregistration.v1.APIServiceSpec: service:apiregistration.v1.ServiceReference:1:* group:s:2: version:s:3: insecureSkipTLSVerify:b:4: caBundle:y:5: groupPriorityMinimum:i:7:!r versionPriority:i:8:!r
apiregistration.v1.APIServiceCondition: type:s:1:!r status:s:2:!r lastTransitionTime:T:3: reason:s:4: message:s:5:
apiregistration.v1.APIServiceStatus: conditions:[apiregistration.v1.APIServiceCondition:1:@map(type)~merge(type)
apiregistration.v1.APIService$: metadata:meta.v1.ObjectMeta:1: spec:apiregistration.v1.APIServiceSpec:2: status:apiregistration.v1.APIServiceStatus:3:
`;
