import { useCallback, useEffect, useMemo, useState, type MouseEvent, type ReactElement } from 'react';
import { parseRoute, safeReturnPath, textAt, type Route } from '../model/index.ts';
import { Logo, Placeholder } from '../kit/index.ts';
import { LoginScreen } from '../screens/index.ts';
import { createApiClient } from './api-client.ts';
import { ApplicationPage } from './application-page.tsx';
import { ApplicationsPage } from './applications-page.tsx';
import { AppContextHolder, useApp, type AppContext } from './context.ts';
import { WorkflowPage } from './workflow-page.tsx';
import { WorkflowsPage } from './workflows-page.tsx';

/** Who is logged in: not known yet, nobody, or a name. */
type Login =
  | { readonly kind: 'unknown'; readonly problem: string }
  | { readonly kind: 'out' }
  | { readonly kind: 'in'; readonly username: string };

/** The whole page: login state, routing, frame. */
export function App(): ReactElement {
  const [path, go] = usePath();
  const [login, setLogin] = useState<Login>({ kind: 'unknown', problem: '' });
  const api = useMemo(() => createApiClient(() => setLogin({ kind: 'out' })), []);
  const learn = useCallback(() => {
    api.get('/api/v1/session/userinfo').then(
      (info) => {
        const username = textAt(info, 'username');
        setLogin(username === '' ? { kind: 'out' } : { kind: 'in', username });
      },
      (error: unknown) => setLogin({ kind: 'unknown', problem: String((error as Error).message) }),
    );
  }, [api]);
  useEffect(learn, [learn]);
  const route = parseRoute(path);
  useEffect(() => {
    const here = window.location.pathname;
    if (login.kind === 'out' && route.page !== 'login') go(`/login?return_url=${encodeURIComponent(here)}`);
    if (login.kind === 'in' && route.page === 'login') {
      go(safeReturnPath(new URLSearchParams(window.location.search).get('return_url')));
    }
  }, [login.kind, route.page, go]);
  if (login.kind === 'unknown') {
    return <Placeholder>{login.problem === '' ? 'Loading…' : `Cannot load: ${login.problem}`}</Placeholder>;
  }
  if (login.kind === 'out') return <LoginPage onLogin={learn} login={(body) => api.post('/api/v1/session', body)} />;
  const logout = (): void => {
    api.remove('/api/v1/session').then(
      () => setLogin({ kind: 'out' }),
      (error: unknown) => setLogin({ kind: 'unknown', problem: String((error as Error).message) }),
    );
  };
  const context: AppContext = { api, username: login.username, go, logout };
  return (
    <AppContextHolder.Provider value={context}>
      <Frame route={route} />
    </AppContextHolder.Provider>
  );
}

function LoginPage({
  onLogin,
  login,
}: {
  readonly onLogin: () => void;
  readonly login: (body: unknown) => Promise<unknown>;
}): ReactElement {
  const [message, setMessage] = useState('');
  const [isBusy, setBusy] = useState(false);
  return (
    <LoginScreen
      message={message}
      isBusy={isBusy}
      onLogin={(username, password) => {
        setBusy(true);
        login({ username, password })
          .then(onLogin, (error: unknown) => setMessage(error instanceof Error ? error.message : String(error)))
          .finally(() => setBusy(false));
      }}
    />
  );
}

function Frame({ route }: { readonly route: Route }): ReactElement {
  const { username, logout, go } = useApp();
  const current = (page: string): 'page' | undefined => (route.page.startsWith(page) ? 'page' : undefined);
  return (
    // Links are plain links; clicks on those of this site only change the path.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- only catches clicks of real links inside
    <div className="frame" onClick={(event) => followLink(event, go)}>
      <header className="top">
        <a href="/applications" className="brand">
          <Logo /> Argosy
        </a>
        <nav aria-label="Main">
          <a href="/applications" aria-current={current('application')}>
            Applications
          </a>
          <a href="/workflows" aria-current={current('workflow')}>
            Workflows
          </a>
        </nav>
        <span className="who">{username}</span>
        <button type="button" className="text-button" onClick={logout}>
          Log out
        </button>
      </header>
      <Page route={route} />
    </div>
  );
}

function Page({ route }: { readonly route: Route }): ReactElement {
  switch (route.page) {
    case 'applications':
      return <ApplicationsPage />;
    case 'application':
      return <ApplicationPage key={`${route.namespace}/${route.name}`} namespace={route.namespace} name={route.name} />;
    case 'workflows':
      return <WorkflowsPage key={route.namespace} namespace={route.namespace} />;
    case 'workflow':
      return <WorkflowPage key={`${route.namespace}/${route.name}`} namespace={route.namespace} name={route.name} />;
    default:
      return (
        <main className="page">
          <Placeholder>{route.page === 'login' ? 'Loading…' : 'There is no such page.'}</Placeholder>
        </main>
      );
  }
}

/** The path, and a way to change it without loading the page anew. */
function usePath(): readonly [path: string, go: (path: string) => void] {
  const [path, setPath] = useState(() => window.location.pathname);
  useEffect(() => {
    const read = (): void => setPath(window.location.pathname);
    window.addEventListener('popstate', read);
    return () => window.removeEventListener('popstate', read);
  }, []);
  const go = useCallback((next: string) => {
    window.history.pushState(null, '', next);
    setPath(window.location.pathname);
    window.scrollTo(0, 0);
  }, []);
  return [path, go];
}

function followLink(event: MouseEvent, go: (path: string) => void): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.origin !== window.location.origin || link.target !== '') return;
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(link.pathname);
}
