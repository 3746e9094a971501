import { systemTimeZones } from '@argosy/kube/runtime';
import { sprigCrypto, systemRandom } from '@argosy/lang/sprigcrypto';
import type { RenderPorts } from '../render/index.ts';
import { unpackChart } from './unpack-chart.ts';

/** What charts are rendered with on this machine. */
export const systemRenderPorts: RenderPorts = {
  unpack: unpackChart,
  sprig: { timeZones: systemTimeZones, crypto: sprigCrypto },
  random: systemRandom,
};
