export { comparePrerelease, compareVersions, parseVersion, VERSION_LIMIT_CHARACTERS, type Version } from './version.ts';
export { CONSTRAINT_LIMIT_CHARACTERS, parseConstraint, type Constraint } from './constraint.ts';
export { evaluateSemver } from './evaluate.ts';
