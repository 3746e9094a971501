/** The limits of talking to a container engine. Each has a test or is a plain time limit. */
export interface EngineLimits {
  /** Bytes of one JSON answer. @default 16 MiB */
  readonly answerBytes: number;
  /** How long an ordinary request may take. @default 120 s */
  readonly requestMs: number;
  /** How long a pull may go without a word from the engine. @default 300 s */
  readonly pullIdleMs: number;
  /** Pulls under way at one time; more wait. @default 4 */
  readonly pulls: number;
  /** Bytes of one frame of output; larger ones are a broken stream. @default 16 MiB */
  readonly frameBytes: number;
  /** Kept output of a command run inside a container. @default 10 KiB */
  readonly execOutputBytes: number;
}

/** The limits unless told otherwise. */
export const defaultEngineLimits: EngineLimits = Object.freeze({
  answerBytes: 16 * 1024 * 1024,
  requestMs: 120_000,
  pullIdleMs: 300_000,
  pulls: 4,
  frameBytes: 16 * 1024 * 1024,
  execOutputBytes: 10 * 1024,
});
