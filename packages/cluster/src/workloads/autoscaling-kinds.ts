import type { Condition, KubeObject } from '@argosy/kube/meta';

/** autoscaling/v2 MetricTarget. */
export interface MetricTarget {
  readonly type: string;
  readonly averageUtilization?: number;
  readonly averageValue?: string | number;
  readonly value?: string | number;
}

/** autoscaling/v2 MetricSpec: Resource and ContainerResource are acted on. */
export interface MetricSpec {
  readonly type: string;
  readonly resource?: { readonly name: string; readonly target: MetricTarget };
  readonly containerResource?: { readonly name: string; readonly container: string; readonly target: MetricTarget };
  readonly [field: string]: unknown;
}

/** autoscaling/v2 HPAScalingRules. */
export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: string;
  readonly policies?: readonly { readonly type: string; readonly value: number; readonly periodSeconds: number }[];
  readonly tolerance?: string | number;
}

/** autoscaling/v2 HorizontalPodAutoscalerStatus. */
export interface AutoscalerStatus {
  readonly observedGeneration?: number;
  readonly lastScaleTime?: string;
  readonly currentReplicas?: number;
  readonly desiredReplicas: number;
  readonly currentMetrics?: readonly unknown[];
  readonly conditions?: readonly Condition[];
}

/** autoscaling/v2 HorizontalPodAutoscaler. */
export interface Autoscaler extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly MetricSpec[];
    readonly behavior?: { readonly scaleUp?: ScalingRules; readonly scaleDown?: ScalingRules };
  };
  readonly status?: AutoscalerStatus;
}

/** metrics.k8s.io/v1beta1 PodMetrics: what the containers of a pod use. */
export interface PodMetrics extends KubeObject {
  readonly timestamp?: string;
  /** A Go duration, `15s`. */
  readonly window?: string;
  readonly containers: readonly {
    readonly name: string;
    readonly usage: { readonly [resource: string]: string };
  }[];
}
