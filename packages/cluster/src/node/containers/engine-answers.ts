import { isObject, parseTime, type Instant } from '@argosy/std';

/** What is read of `GET /containers/{id}/json`. */
export interface ContainerAnswer {
  readonly id: string;
  readonly imageId: string;
  readonly status: string;
  readonly isRunning: boolean;
  readonly exitCode: number;
  readonly isOutOfMemory: boolean;
  /** Zero without a limit. */
  readonly memoryLimitBytes: number;
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
  readonly hasStdin: boolean;
  readonly isTerminal: boolean;
  readonly stopSignal: string;
  readonly labels: ReadonlyMap<string, string>;
  /** The first address that the engine gave; empty without one. */
  readonly address: string;
}

type Fields = { readonly [name: string]: unknown };

const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Engines write the year 1 for a time that has not come. */
function timeOf(value: unknown): Instant | undefined {
  const at = parseTime(textOf(value));
  return at === undefined || at <= 0 ? undefined : at;
}

function labelsOf(value: unknown): ReadonlyMap<string, string> {
  return new Map(Object.entries(fieldsOf(value)).map(([name, text]) => [name, textOf(text)]));
}

function addressOf(settings: Fields): string {
  const own = textOf(settings['IPAddress']);
  if (own !== '') return own;
  const networks = Object.values(fieldsOf(settings['Networks'])).map((network) =>
    textOf(fieldsOf(network)['IPAddress']),
  );
  return networks.find((address) => address !== '') ?? '';
}

/** Reads an inspected container; members that are missing count as empty. */
export function containerAnswer(value: unknown): ContainerAnswer {
  const fields = fieldsOf(value);
  const state = fieldsOf(fields['State']);
  const config = fieldsOf(fields['Config']);
  const startedAt = timeOf(state['StartedAt']);
  const finishedAt = timeOf(state['FinishedAt']);
  return {
    id: textOf(fields['Id']),
    imageId: textOf(fields['Image']),
    status: textOf(state['Status']),
    isRunning: state['Running'] === true,
    exitCode: numberOf(state['ExitCode']),
    isOutOfMemory: state['OOMKilled'] === true,
    memoryLimitBytes: numberOf(fieldsOf(fields['HostConfig'])['Memory']),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    hasStdin: config['OpenStdin'] === true,
    isTerminal: config['Tty'] === true,
    stopSignal: textOf(config['StopSignal']),
    labels: labelsOf(config['Labels']),
    address: addressOf(fieldsOf(fields['NetworkSettings'])),
  };
}

/** Ids and labels of `GET /containers/json`. */
export function listedContainers(
  value: unknown,
): readonly { readonly id: string; readonly labels: ReadonlyMap<string, string> }[] {
  return (Array.isArray(value) ? value : []).map((item: unknown) => {
    const fields = fieldsOf(item);
    return { id: textOf(fields['Id']), labels: labelsOf(fields['Labels']) };
  });
}

/** What is read of `GET /images/{name}/json`. */
export interface ImageAnswer {
  readonly id: string;
  readonly bytes: number;
  readonly user: string;
}

/** Reads an inspected image. */
export function imageAnswer(value: unknown): ImageAnswer {
  const fields = fieldsOf(value);
  const id = textOf(fields['Id']);
  return {
    id: id.startsWith('sha256:') ? id : `sha256:${id}`,
    bytes: numberOf(fields['Size']),
    user: textOf(fieldsOf(fields['Config'])['User']),
  };
}

/** What is read of `GET /version`. */
export interface EngineVersion {
  readonly name: 'docker' | 'podman';
  readonly version: string;
  readonly architecture: string;
}

/** Tells Docker from Podman. */
export function engineVersion(value: unknown): EngineVersion {
  const fields = fieldsOf(value);
  const parts = fields['Components'];
  const isPodman =
    Array.isArray(parts) && parts.some((part: unknown) => textOf(fieldsOf(part)['Name']).startsWith('Podman'));
  return {
    name: isPodman ? 'podman' : 'docker',
    version: textOf(fields['Version']),
    architecture: textOf(fields['Arch']),
  };
}

/** A text member of an answer. */
export function textField(value: unknown, name: string): string {
  return textOf(fieldsOf(value)[name]);
}

/** True for a command (`GET /exec/{id}/json`) that is not over. */
export function isStillRunning(value: unknown): boolean {
  return fieldsOf(value)['Running'] === true;
}

/** A number member of an answer. */
export function numberField(value: unknown, name: string): number | undefined {
  const found = fieldsOf(value)[name];
  return typeof found === 'number' ? found : undefined;
}
