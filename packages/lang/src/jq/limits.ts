/** Bounds of one evaluation; every field has a default in `JQ_LIMITS`. */
export interface JqLimits {
  /** Instructions and units of bulk work (elements copied, characters scanned) of one run. */
  readonly steps: number;
  /** Values that one run may give. */
  readonly outputs: number;
  /** Calls inside calls; a call in tail position does not count. */
  readonly callDepth: number;
  /** Open alternatives (`,`, `.[]`, `try`, …) at one moment. */
  readonly alternatives: number;
  /** Characters of one string that a run makes. */
  readonly text: number;
}

/** The limits that hold unless the caller says otherwise. */
export const JQ_LIMITS: JqLimits = {
  steps: 1_000_000,
  outputs: 100_000,
  callDepth: 20_000,
  alternatives: 200_000,
  text: 1_500_000,
};

/** Characters that a program may have. */
export const JQ_SOURCE_LIMIT_CHARACTERS = 65_536;

/** Brackets, functions and operators inside each other that a program may have. */
export const JQ_NESTING_LIMIT = 200;

/** Arrays and objects inside each other that `fromjson` reads. */
export const JQ_JSON_DEPTH_LIMIT = 1000;
