import { request } from 'node:https';

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: string;
}

/** What a request carries beside its URL. */
export interface Ask {
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  /** Says that this many bytes come and sends only `body`: what a server refuses it refuses by the length alone. */
  readonly announcedBytes?: number;
  readonly ca: string;
}

/** Sends one request over TLS on a connection of its own; the path goes out as it is written. */
export function ask(base: string, path: string, options: Ask): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const { method = 'GET', body, announcedBytes, ca } = options;
  const bytes = announcedBytes ?? (body === undefined ? undefined : Buffer.byteLength(body));
  const headers = { ...options.headers, ...(bytes === undefined ? {} : { 'content-length': bytes }) };
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method, ca, agent: false, headers, timeout: 20_000 }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const { statusCode: status = 0 } = answer;
        resolve({ status, headers: answer.headers, body: Buffer.concat(parts).toString('utf8') });
        call.destroy();
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    if (announcedBytes === undefined) call.end(body);
    else call.write(body ?? ' ');
  });
}
