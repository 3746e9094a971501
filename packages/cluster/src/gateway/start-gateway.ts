import { Agent } from 'node:http';
import { resources } from '@argosy/api';
import type { StandardAction } from '@argosy/kube/plan';
import {
  applyStandardAction,
  startController,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import { planRoutingStatuses, type GatewayAddress, type RoutingObserved } from '../routing/index.ts';
import { defaultGatewayLimits, type GatewayLimits } from './limits.ts';
import { GrpcSessions } from './proxy-grpc.ts';
import { Router } from './router.ts';
import { RoutingSource } from './routing-source.ts';
import { startPlainFront, startTlsFront, type Front } from './servers.ts';

/** Where the gateway listens. */
export interface GatewayOptions {
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** Port for plain HTTP; 0 takes a free one. */
  readonly httpPort: number;
  /** Port for HTTPS; 0 takes a free one. */
  readonly httpsPort: number;
  readonly limits?: Partial<GatewayLimits>;
}

/** The running gateway. */
export interface RunningGateway extends GatewayAddress {
  close(): Promise<void>;
}

/** Statuses depend on each other, so all of them are one key. */
const ALL = Object.freeze({ namespace: '', name: 'all' });

function startStatuses(context: ControllerContext, source: RoutingSource, address: GatewayAddress): MeasuredController {
  const reconciler: Reconciler<RoutingObserved, StandardAction, undefined> = {
    name: 'gateway-status',
    observe: () => source.observe(address),
    plan: (seen, env) => planRoutingStatuses(seen, env, resources),
    apply: (action) => applyStandardAction(action, context),
    publish: () => Promise.resolve(),
  };
  const sources = source.all().map((informer) => ({ informer, keysOf: () => [ALL] }));
  return startController({ context, reconciler, sources, workers: 1 });
}

async function openFronts(
  context: ControllerContext,
  source: RoutingSource,
  options: GatewayOptions,
): Promise<{ readonly fronts: readonly [Front, Front]; readonly close: () => void }> {
  const limits = { ...defaultGatewayLimits, ...options.limits };
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  const sessions = new GrpcSessions();
  const shared = {
    router: new Router(source),
    agent,
    sessions,
    mirrors: { inFlight: 0 },
    limits,
    logger: context.logger,
  };
  const { host = '127.0.0.1' } = options;
  const close = (): void => {
    agent.destroy();
    sessions.close();
  };
  const plain = await startPlainFront({ host, port: options.httpPort, context: shared });
  try {
    const certificateFor = (name: string) => source.certificateFor(name);
    const tls = await startTlsFront({ host, port: options.httpsPort, context: shared, certificateFor });
    return { fronts: [plain, tls], close };
  } catch (error) {
    await plain.close();
    close();
    throw error;
  }
}

/**
 * Starts the gateway: serves Ingresses of its class and HTTPRoutes of its Gateways on two ports of loopback, and writes
 * their statuses.
 * @throws the system's error when a port cannot be opened.
 */
export async function startGateway(context: ControllerContext, options: GatewayOptions): Promise<RunningGateway> {
  const source = new RoutingSource(context);
  await source.synced();
  const { fronts, close } = await openFronts(context, source, options);
  const [plain, tls] = fronts;
  const address = { ip: options.host ?? '127.0.0.1', httpPort: plain.port, httpsPort: tls.port };
  startStatuses(context, source, address);
  return {
    ...address,
    close: async () => {
      await Promise.all(fronts.map((front) => front.close()));
      close();
    },
  };
}
