import type { ContainerSession, SessionEnd, SessionOrder } from '../apiserver/index.ts';
import { CLOSE_NORMAL, type WebSocketConnection } from '../streams/index.ts';
import { endWords, readTerminalSize } from './session-options.ts';
import { Channels, type ChannelProtocol } from './websocket-channels.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
const CLOSE = 255;

/** How a client's streams reach a session that is opened with them. */
export interface SessionSkin {
  /** Where the session's output goes. */
  readonly take: SessionOrder['take'];
  /** Serves until the session or the client has ended. Never rejects. */
  serve(session: ContainerSession): Promise<void>;
}

/** Exec and attach over the channels of a WebSocket. */
export function webSocketSession(
  connection: WebSocketConnection,
  protocol: ChannelProtocol,
  options: Pick<SessionOrder, 'stdout'> & { readonly subresource: string },
): SessionSkin {
  const channels = new Channels(connection, protocol.isBase64);
  const finish = async (end: SessionEnd): Promise<void> => {
    const { status, plain } = endWords(end, options.subresource);
    const words = protocol.hasStatus ? status : plain;
    if (words !== '') await channels.send(ERROR, Buffer.from(words));
    connection.close(CLOSE_NORMAL);
  };
  return {
    take: (stream, bytes) => channels.send(stream === 'stdout' ? STDOUT : STDERR, bytes),
    serve: async (session) => {
      // An empty first message tells the client that the container is there.
      await channels.send(options.stdout ? STDOUT : STDERR, Buffer.alloc(0));
      const ended = session.ended.then(finish);
      await pump(channels, session, protocol.hasClose);
      session.cancel();
      await ended;
    },
  };
}

async function pump(channels: Channels, session: ContainerSession, hasClose: boolean): Promise<void> {
  for (let message = await channels.next(); message !== undefined; message = await channels.next()) {
    const { channel, data } = message;
    if (channel === STDIN) await session.write(data);
    else if (channel === RESIZE) {
      const size = readTerminalSize(data.toString('utf8'));
      if (size !== undefined) session.resize(size);
    } else if (channel === CLOSE && hasClose && data[0] === STDIN) session.closeInput();
  }
}
