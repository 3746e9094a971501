/** Stream protocols below exec, attach and port-forward: WebSocket (RFC 6455) and SPDY/3.1, the server's side. */
export { SpdyConnection, type SpdyLimits, type SpdyStream } from './spdy-connection.ts';
export { socketTransport, type Transport } from './transport.ts';
export { acceptKey, CLOSE_NORMAL, tunnelTransport, WebSocketConnection, type WebSocketMessage } from './websocket.ts';
