// Runs in a thread of its own: one hash or comparison at a time, so that the server's loop never waits for one.
import { parentPort } from 'node:worker_threads';
import { compareSync, hashSync } from 'bcryptjs';
import type { PasswordAnswer, PasswordOrder } from './password-thread.ts';

function answerTo(order: PasswordOrder): PasswordAnswer {
  return order.kind === 'hash'
    ? { kind: 'hash', hash: hashSync(order.password, order.cost) }
    : { kind: 'compare', matches: compareSync(order.password, order.hash) };
}

parentPort?.on('message', (order: PasswordOrder) => parentPort?.postMessage(answerTo(order)));
