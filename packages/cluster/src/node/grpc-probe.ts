import { connect, constants } from 'node:http2';

/** What a health check said. */
export interface HealthAnswer {
  readonly success: boolean;
  readonly message: string;
}

const PATH = '/grpc.health.v1.Health/Check';
/** Bytes of an answer that are read; a health answer has a handful. */
const ANSWER_BYTES = 4096;
const SERVING = 1;
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** The request message in its frame: field 1, the name of the service. */
function requestOf(service: string): Buffer {
  const name = Buffer.from(service);
  const lengths: number[] = [];
  for (let rest = name.length; lengths.length === 0 || rest > 0; rest >>>= 7) {
    lengths.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  }
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...lengths]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

/** The status in an answer: field 1, 0 when it is left out; `undefined` when it cannot be read. */
function statusOf(answer: Buffer): number | undefined {
  if (answer.length < 5) return undefined;
  const message = answer.subarray(5, 5 + answer.readUInt32BE(1));
  if (message.length === 0) return 0;
  return message[0] === 0x08 ? message[1] : undefined;
}

function judge(answer: Buffer, grpcStatus: string): HealthAnswer {
  if (grpcStatus !== '0') return { success: false, message: `service unhealthy (rpc error: code = ${grpcStatus})` };
  const status = statusOf(answer);
  const name = STATUS_NAMES[status ?? -1] ?? 'an answer that is no health status';
  if (status === SERVING) return { success: true, message: '' };
  return { success: false, message: `service unhealthy (responded with "${name}")` };
}

/** Asks a gRPC server on plain HTTP/2 for its health (grpc.health.v1). Never rejects. */
export function askHealth(
  address: { readonly host: string; readonly port: number; readonly service: string },
  signal: AbortSignal,
): Promise<HealthAnswer> {
  const { host, port, service } = address;
  return new Promise((resolve) => {
    const session = connect(`http://${host}:${port}`);
    const end = (answer: HealthAnswer): void => {
      session.destroy();
      resolve(answer);
    };
    const fail = (failure: Error): void => {
      // A stream that never began names the connection's own trouble as its cause.
      const error = failure.cause instanceof Error ? failure.cause : failure;
      const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
      end({ success: false, message: `failed to connect service "${host}:${port}": ${code}` });
    };
    session.on('error', fail);
    signal.addEventListener('abort', () => end({ success: false, message: 'timed out' }), { once: true });
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.32',
    });
    let answer = Buffer.alloc(0);
    let status: unknown;
    const note = (headers: { readonly [name: string]: unknown }): void => {
      status = headers['grpc-status'] ?? status;
    };
    stream.on('error', fail);
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]).subarray(0, ANSWER_BYTES);
    });
    stream.on('end', () => end(judge(answer, typeof status === 'string' ? status : 'missing')));
    stream.end(requestOf(service));
  });
}
