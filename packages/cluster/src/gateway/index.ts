/** The embedded gateway: Ingresses and HTTPRoutes over HTTP/1.1, HTTP/2, WebSocket and gRPC on loopback. */
export { defaultGatewayLimits, type GatewayLimits } from './limits.ts';
export { startGateway, type GatewayOptions, type RunningGateway } from './start-gateway.ts';
