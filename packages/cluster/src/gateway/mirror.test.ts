import { Agent } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { Exchange, Forward } from './exchange.ts';
import { defaultGatewayLimits } from './limits.ts';
import { startMirror } from './mirror.ts';

it('makes no more copies than its limit, and gives up one that falls behind', async () => {
  const limits = { ...defaultGatewayLimits, mirrors: 1, mirrorBytes: 10 };
  const mirrors = { inFlight: 0 };
  const agent = new Agent();
  const request = Object.assign(new PassThrough(), { method: 'POST' });
  const exchange = { request } as unknown as Exchange;
  const forward = { forwarding: { path: '/', headers: {} } } as unknown as Forward;
  // A documentation address: nobody answers, so the copy stays behind.
  const given = { forward, place: { host: '192.0.2.1', port: 9 } };
  startMirror({ agent, limits, mirrors }, exchange, given);
  startMirror({ agent, limits, mirrors }, exchange, given);
  expect(mirrors.inFlight).toBe(1);
  request.write(Buffer.alloc(11));
  await expect.poll(() => mirrors.inFlight).toBe(0);
  agent.destroy();
});
