import { createContext, useContext } from 'react';
import { must } from '@argosy/std';
import type { ApiClient } from './api-client.ts';

/** What every page may use. */
export interface AppContext {
  readonly api: ApiClient;
  readonly username: string;
  readonly go: (path: string) => void;
  readonly logout: () => void;
}

/** Holds the context for the pages. */
export const AppContextHolder = createContext<AppContext | undefined>(undefined);

/** The context of the page that calls. */
export function useApp(): AppContext {
  return must(useContext(AppContextHolder), 'the application context');
}
