export { CRON_LIMIT_COUNT, evaluateCron } from './evaluate.ts';
export { CRON_LIMIT_CHARACTERS, parseCron, type CronOptions } from './parse.ts';
export { nextFire, UTC, type Schedule, type TimeZones, type ZoneRules } from './schedule.ts';
