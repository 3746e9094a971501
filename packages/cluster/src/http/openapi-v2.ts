/** The media type of OpenAPI v2 as protobuf, as it is answered. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Go programs ask with an `@` where a media type must not have one, and refuse it in an answer. */
const ASKED = /application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/;

/** True when an Accept header wants protobuf. */
export function wantsOpenApiV2Protobuf(accept: string | undefined): boolean {
  return accept !== undefined && ASKED.test(accept);
}

/** A field of a protobuf message that holds a text or a message, both shorter than 128 bytes. */
const field = (number: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([number * 8 + 2, value.length]), value]);
const text = (number: number, value: string): Buffer => field(number, Buffer.from(value));

/**
 * The OpenAPI v2 document: who speaks, and no definitions. Schemas are served by OpenAPI v3. kubectl asks for this one
 * before it applies a `kind: List`, and takes what has no definition as valid: the server then checks each item.
 * `protobuf` is gnostic's openapi.v2.Document (fields swagger 1, info 2, paths 8, definitions 9; of info title 1, version 2).
 */
export function openApiV2(version: string): { readonly json: object; readonly protobuf: Buffer } {
  const info = { title: 'Kubernetes', version };
  const empty = Buffer.alloc(0);
  return {
    json: { swagger: '2.0', info, paths: {}, definitions: {} },
    protobuf: Buffer.concat([
      text(1, '2.0'),
      field(2, Buffer.concat([text(1, info.title), text(2, version)])),
      field(8, empty),
      field(9, empty),
    ]),
  };
}
