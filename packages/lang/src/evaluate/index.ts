export { evaluateLanguage, LANGUAGES, type EvaluateEnv } from './evaluate.ts';
export { formatLosslessJson, JSON_LIMIT_DEPTH, parseLosslessJson } from './json.ts';
