/** RBAC: who may do what in the embedded cluster. Pure; fed with RBAC objects, asked by the API server. */
export { aggregateRules, aggregationSelectors, planAggregation, uniqueRules } from './aggregation.ts';
export { bootstrapRbacObjects } from './bootstrap.ts';
export { createEscalationCheck, type EscalationReview } from './escalation-check.ts';
export { escalationMessage, uncoveredRules } from './escalation.ts';
export { matchesPath, readRules, ruleAllows, writeRule, type PolicyRule } from './policy-rule.ts';
export {
  createRbacAuthorizer,
  MASTERS_GROUP,
  type AccessDecision,
  type RbacAuthorizer,
  type RbacChange,
} from './rbac-authorizer.ts';
