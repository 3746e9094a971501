import type { LogFields, Logger } from '@argosy/std';

/** Log levels, least urgent first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** One of the log levels. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The longest value that a log line shows. */
const VALUE_LIMIT_CHARACTERS = 2000;

function valueText(value: unknown): string {
  const text =
    value instanceof Error ? value.message : typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const short = text.length > VALUE_LIMIT_CHARACTERS ? `${text.slice(0, VALUE_LIMIT_CHARACTERS)}…` : text;
  return /^[\w./:@-]+$/.test(short) ? short : JSON.stringify(short);
}

/**
 * A logger of lines `time=… level=… msg=… key=value`, the form that users of the suite know. Lines below `least` are
 * dropped.
 */
export function createTextLogger(write: (line: string) => void, least: LogLevel, fields: LogFields = {}): Logger {
  const log = (level: LogLevel, message: string, more: LogFields = {}): void => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
    const pairs = Object.entries({ ...fields, ...more })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}=${valueText(value)}`);
    write(`time="${new Date().toISOString()}" level=${level} msg=${JSON.stringify(message)}${pairs.join('')}\n`);
  };
  return {
    debug: (message, more) => log('debug', message, more),
    info: (message, more) => log('info', message, more),
    warn: (message, more) => log('warn', message, more),
    error: (message, more) => log('error', message, more),
    with: (more) => createTextLogger(write, least, { ...fields, ...more }),
  };
}
