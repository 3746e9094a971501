import { CommandError } from '@argosy/cli';

/** Which address was asked for, and how the user chooses another. */
export interface ListenPlace {
  readonly port: number;
  readonly flag: string;
  readonly what: string;
}

/** Turns a failed listen into one sentence; other errors come back as they are. */
export function explainListenError(error: unknown, place: ListenPlace): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'EADDRINUSE') {
    return new CommandError(
      `port ${place.port} for ${place.what} is in use; choose another with ${place.flag}, or 0 for any`,
    );
  }
  if (code === 'EACCES') {
    return new CommandError(
      `port ${place.port} for ${place.what} needs more rights; choose one above 1023 with ${place.flag}`,
    );
  }
  return error;
}
