/**
 * The image of the container that holds a pod's namespaces: one static program that sleeps for ever, made here, so that
 * no registry is needed. Its code is a loop around one system call; signals other than SIGKILL do nothing to process 1.
 */

interface Machine {
  readonly elfMachine: number;
  readonly code: Buffer;
}

/** `amd64`: pause(); again. `arm64`: ppoll(0, 0, 0, 0); again. */
const MACHINES: ReadonlyMap<string, Machine> = new Map([
  ['amd64', { elfMachine: 62, code: Buffer.from('b8220000000f05ebf7', 'hex') }],
  ['arm64', { elfMachine: 183, code: Buffer.from('000080d2010080d2020080d2030080d2280980d2010000d4faffff17', 'hex') }],
]);

const LOAD_ADDRESS = 0x400000;
const ELF_HEADER = 64;
const PROGRAM_HEADER = 56;

/** A 64-bit ELF file with one loaded segment. */
function executable({ elfMachine, code }: Machine): Buffer {
  const start = ELF_HEADER + PROGRAM_HEADER;
  const file = Buffer.alloc(start + code.length);
  file.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(elfMachine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS + start), 24);
  file.writeBigUInt64LE(BigInt(ELF_HEADER), 32);
  file.writeUInt16LE(ELF_HEADER, 52);
  file.writeUInt16LE(PROGRAM_HEADER, 54);
  file.writeUInt16LE(1, 56);
  const header = ELF_HEADER;
  file.writeUInt32LE(1, header);
  file.writeUInt32LE(5, header + 4);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), header + 16);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), header + 24);
  file.writeBigUInt64LE(BigInt(file.length), header + 32);
  file.writeBigUInt64LE(BigInt(file.length), header + 40);
  file.writeBigUInt64LE(4096n, header + 48);
  code.copy(file, start);
  return file;
}

const BLOCK = 512;

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** A tar archive with one file. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 'latin1');
  header.write(octal(0o755, 8), 100, 'latin1');
  header.write(octal(0, 8), 108, 'latin1');
  header.write(octal(0, 8), 116, 'latin1');
  header.write(octal(content.length, 12), 124, 'latin1');
  header.write(octal(0, 12), 136, 'latin1');
  header.write('        0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK)]);
}

/** Where the program lies in the image. */
export const PAUSE_PROGRAM = '/pause';

/** The name under which engines keep the image. */
export const PAUSE_IMAGE = 'localhost/argosy-pause-1';

/** The image as a tar archive for an engine's architecture; `undefined` when that architecture is not known here. */
export function pauseImage(architecture: string): Buffer | undefined {
  const machine = MACHINES.get(architecture);
  return machine === undefined ? undefined : tarOf(PAUSE_PROGRAM.slice(1), executable(machine));
}
