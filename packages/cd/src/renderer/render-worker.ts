import { planSource, type RenderRequest } from '../render/index.ts';
import { systemRenderPorts } from './system-ports.ts';

/** What the parent asks. */
interface Order {
  readonly id: number;
  readonly request: RenderRequest;
}

// The program of the worker process: one order at a time, its answer under the same id. The parent sets the limits and
// ends this process when they are reached.
process.on('message', ({ id, request }: Order) => {
  const outcome = planSource(request, systemRenderPorts);
  process.send?.({ id, outcome });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
