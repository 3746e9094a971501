import type { RunningServer } from '@argosy/server';
import { after, milliseconds, type Clock, type Logger, type Timer } from '@argosy/std';
import type { RunningControlPlane } from './start-control-plane.ts';

/** How often certificates are looked at. */
const RENEWAL_INTERVAL = milliseconds(3_600_000);

/** What is renewed. */
export interface Renewal {
  readonly controlPlane: RunningControlPlane;
  readonly front: Pick<RunningServer, 'replaceTls'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps certificates and the kubeconfig fresh while the process runs. */
export function renewCertificates(renewal: Renewal): { close(): Promise<void> } {
  const { controlPlane, front, clock, logger } = renewal;
  let timer: Timer | undefined;
  const renew = async (): Promise<void> => {
    const leaf = await controlPlane.authority.serverLeaf();
    front.replaceTls({ cert: leaf.certificate, key: leaf.privateKey });
    await controlPlane.renewCertificates();
  };
  const arm = (): void => {
    timer = clock.schedule(after(clock.now(), RENEWAL_INTERVAL), () => {
      renew().catch((error: unknown) => logger.error('certificates were not renewed', { error }));
      arm();
    });
  };
  arm();
  return {
    close: () => {
      timer?.cancel();
      return Promise.resolve();
    },
  };
}
