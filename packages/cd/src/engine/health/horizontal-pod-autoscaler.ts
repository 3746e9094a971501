import { parseYaml } from '@argosy/lang/yaml';
import { isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { listAt, textAt, verdict, type Health, type HealthRule } from './verdict.ts';

type ConditionLike = { readonly [key: string]: unknown };

const FAILURES: { readonly [type: string]: readonly string[] } = {
  AbleToScale: ['FailedGetScale', 'FailedUpdateScale'],
  ScalingActive: [
    'FailedGetResourceMetric',
    'FailedGetObjectMetric',
    'FailedGetPodsMetric',
    'FailedGetExternalMetric',
    'FailedComputeMetricsReplicas',
    'InvalidSelector',
  ],
};

function conditionsOf(object: KubeObject): readonly ConditionLike[] {
  const annotated = object.metadata.annotations?.['autoscaling.alpha.kubernetes.io/conditions'];
  if (annotated === undefined) return listAt(object, ['status', 'conditions']);
  const parsed = parseYaml(annotated);
  return parsed.ok && Array.isArray(parsed.value) ? parsed.value.filter(isObject) : [];
}

function judge(item: ConditionLike): Health | undefined {
  const type = textAt(item, ['type']);
  const failures = Object.hasOwn(FAILURES, type) ? (FAILURES[type] ?? []) : [];
  if (item['status'] !== 'True') {
    const failed = failures.includes(textAt(item, ['reason']));
    return failed ? verdict('Degraded', textAt(item, ['message'])) : undefined;
  }
  const decisive = type === 'AbleToScale' || type === 'ScalingLimited';
  return decisive ? verdict('Healthy', textAt(item, ['message'])) : undefined;
}

/** autoscaling/HorizontalPodAutoscaler: v1 keeps its conditions in an annotation, v2 in status. */
export const horizontalPodAutoscalerHealth: HealthRule = (object) => {
  const judged = conditionsOf(object)
    .map(judge)
    .filter((item) => item !== undefined);
  const degraded = judged.find((item) => item.status === 'Degraded');
  return degraded ?? judged[0] ?? verdict('Progressing', 'Waiting to Autoscale');
};
