import { kubeError } from '@argosy/kube/meta';
import { CLOSE_NORMAL, type WebSocketConnection } from '../streams/index.ts';
import { PortPair, portNumber, type Dial } from './port-pair.ts';
import { Channels, type ChannelProtocol } from './websocket-channels.ts';

/** Reads `?ports=80&ports=81` or `?ports=80,81`. @throws KubeError BadRequest naming what is wrong. */
export function readPorts(query: URLSearchParams, limit: number): readonly number[] {
  const texts = query.getAll('ports').flatMap((value) => value.split(','));
  const ports = texts.map((text) => {
    const port = portNumber(text.trim());
    if (port === undefined)
      throw kubeError('BadRequest', `invalid port ${JSON.stringify(text)}: allowed is 1 to 65535`);
    return port;
  });
  if (ports.length === 0) throw kubeError('BadRequest', 'query parameter "ports" is required');
  if (ports.length > limit) throw kubeError('BadRequest', `${ports.length} ports are asked for, allowed are ${limit}`);
  return ports;
}

function portMessage(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(port);
  return bytes;
}

/** Serves the old WebSocket form: channel 2i carries the bytes of port i, 2i+1 its error. Never rejects. */
export async function serveWebSocketPortForward(
  connection: WebSocketConnection,
  protocol: ChannelProtocol,
  given: { readonly ports: readonly number[]; readonly dial: Dial },
): Promise<void> {
  const channels = new Channels(connection, protocol.isBase64);
  let open = given.ports.length;
  const pairs: PortPair[] = [];
  for (const [index, port] of given.ports.entries()) {
    await channels.send(index * 2, portMessage(port));
    await channels.send(index * 2 + 1, portMessage(port));
    const over = async (fault: string | undefined): Promise<void> => {
      if (fault !== undefined) await channels.send(index * 2 + 1, Buffer.from(fault));
      open -= 1;
      if (open === 0) connection.close(CLOSE_NORMAL);
    };
    pairs.push(
      new PortPair(given.dial, port, {
        take: (bytes) => channels.send(index * 2, bytes),
        over: (fault) => void over(fault),
      }),
    );
  }
  for (let message = await channels.next(); message !== undefined; message = await channels.next()) {
    if (message.channel % 2 === 0) await pairs[message.channel / 2]?.write(message.data);
  }
  for (const pair of pairs) pair.cancel();
}
