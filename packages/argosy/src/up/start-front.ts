import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { resources } from '@argosy/api';
import type { Application, AppProject } from '@argosy/api/cd';
import { openAudit } from '@argosy/auth/audit';
import { projectRoles, type ProjectRoles } from '@argosy/auth/policy';
import { followPolicy, openSessions } from '@argosy/auth/sessions';
import { deliveryRoutes } from '@argosy/cd/service';
import { connectInProcess } from '@argosy/kube/client';
import { createInformerFactory } from '@argosy/kube/runtime';
import { loadStaticFiles, startServer, type RunningServer, type StaticFiles } from '@argosy/server';
import type { Clock, Logger } from '@argosy/std';
import { workflowRoutes } from '@argosy/workflows/service';
import type { DataDirectory } from './data-directory.ts';
import { apiServer, ARGOCD_NAMESPACE, userOf } from './identities.ts';
import { explainListenError } from './listen-error.ts';
import type { RunningControlPlane } from './start-control-plane.ts';
import type { RunningControllers } from './start-controllers.ts';
import { watchLocalRepositories } from './watch-local-repositories.ts';

/** What the front is started with. */
export interface FrontSettings {
  readonly directory: DataDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly port: number;
  readonly version: string;
}

const compiledRoles = new WeakMap<AppProject, ReturnType<typeof projectRoles>>();

/** The roles of a project as policy; a project with a bad line grants nothing by its roles, and the log says which. */
function rolesOfProject(project: AppProject | undefined, logger: Logger): ProjectRoles | undefined {
  if (project === undefined) return undefined;
  const known = compiledRoles.get(project) ?? projectRoles(project.metadata.name, project.spec.roles ?? []);
  if (!known.ok && !compiledRoles.has(project)) {
    logger.warn('the roles of a project are refused', { project: project.metadata.name, ...known.error });
  }
  compiledRoles.set(project, known);
  return known.ok ? known.value : undefined;
}

/** The page is built beside the program; from sources there is none. */
async function findPage(): Promise<StaticFiles | undefined> {
  const folder = join(import.meta.dirname, 'ui');
  const found = await stat(join(folder, 'index.html')).catch(() => undefined);
  return found === undefined ? undefined : loadStaticFiles(folder);
}

/**
 * Starts sessions, RBAC and the HTTPS server with all domains' operations and the page.
 * @throws CommandError when the port is taken.
 */
export async function startFront(
  controlPlane: RunningControlPlane,
  controllers: RunningControllers,
  settings: FrontSettings,
): Promise<RunningServer> {
  const { clock, directory } = settings;
  const logger = settings.logger.with({ component: 'server' });
  const stop = new AbortController();
  const api = connectInProcess(controlPlane.plane, userOf(apiServer));
  const informers = createInformerFactory({ api, clock, logger, signal: stop.signal });
  const audit = openAudit({ file: directory.auditFile, clock });
  const sessions = await openSessions({ api, clock, logger, audit, initialPasswordFile: directory.adminPasswordFile });
  const projects = informers.informer<AppProject>(resources.appProjects, { namespace: ARGOCD_NAMESPACE });
  await projects.synced();
  const rolesOf = (name: string): ReturnType<typeof rolesOfProject> =>
    rolesOfProject(projects.lister.get({ namespace: ARGOCD_NAMESPACE, name }), logger);
  const policy = await followPolicy({ api, clock, logger, signal: stop.signal, projectRoles: rolesOf });
  const leaf = await controlPlane.authority.serverLeaf();
  const staticFiles = await findPage();
  const { repositories, loader, restMapper, artifacts } = controllers;
  const delivery = { api, informers, clock, logger, policy, repositories, loader, restMapper, signal: stop.signal };
  const routes = [...deliveryRoutes(delivery), ...workflowRoutes({ api, clock, policy, artifacts })];
  const applications = informers.informer<Application>(resources.applications);
  const unwatch = watchLocalRepositories({ api, applications, clock, logger });
  const close = async (): Promise<void> => {
    unwatch();
    stop.abort(new Error('the server stops'));
    sessions.close();
    audit.close();
  };
  try {
    const server = await startServer({
      tls: { cert: leaf.certificate, key: leaf.privateKey },
      port: settings.port,
      routes,
      sessions,
      policy,
      audit,
      clock,
      logger,
      version: settings.version,
      healthProblems: () => {
        const { ready, message } = controlPlane.plane.health();
        return ready ? [] : [message];
      },
      ...(staticFiles === undefined ? {} : { staticFiles }),
    });
    return {
      port: server.port,
      url: server.url,
      replaceTls: (tls) => server.replaceTls(tls),
      close: async () => {
        await server.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw explainListenError(error, { port: settings.port, flag: '--port', what: 'the page and the API' });
  }
}
