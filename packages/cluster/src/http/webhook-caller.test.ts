import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAuthority } from '@argosy/auth/tls';
import { instant } from '@argosy/std';
import { expect, it } from 'vitest';
import { createWebhookCaller } from './webhook-caller.ts';

it('asks once more when the other side has closed a kept connection', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'argosy-caller-'));
  const authority = await ensureAuthority(join(directory, 'keys'), { now: () => instant(Date.now()) });
  const { certificate, privateKey } = await authority.serverLeaf([]);
  const served = new Set<Socket>();
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    // Each connection answers once; the next question on it finds it closed.
    if (served.has(request.socket)) {
      request.socket.destroy();
      return;
    }
    served.add(request.socket);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const {
        apiVersion,
        kind,
        request: asked,
      } = JSON.parse(Buffer.concat(chunks).toString()) as {
        apiVersion: string;
        kind: string;
        request: { uid: string };
      };
      response.end(JSON.stringify({ apiVersion, kind, response: { uid: asked.uid, allowed: true } }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const caller = createWebhookCaller({ resolveService: () => Promise.reject(new Error('no services')) });
  const caBundle = Buffer.from(authority.certificate).toString('base64');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const call = {
    webhook: 'x',
    client: { url, caBundle },
    timeoutSeconds: 10,
    kind: 'AdmissionReview',
    request: {},
  } as const;
  for (let round = 0; round < 3; round += 1) {
    expect(await caller.call(call, undefined)).toMatchObject({ ok: true, response: { allowed: true } });
  }
  expect(served.size).toBe(3);
  caller.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});
