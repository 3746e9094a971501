import { kubeError, resourceText, type KubeError } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';

interface Named {
  readonly group: string;
  readonly resource: string;
}

/** 404 for an object that does not exist. */
export function notFound(resource: Named, name: string): KubeError {
  return kubeError('NotFound', `${resourceText(resource)} "${name}" not found`, {
    details: { name, group: resource.group, kind: resource.resource },
  });
}

/** 404 for a resource that is not served. */
export function unknownResource(): KubeError {
  return kubeError('NotFound', 'the server could not find the requested resource');
}

/** 409 for a name that is taken. */
export function alreadyExists(resource: Named, name: string): KubeError {
  return kubeError('AlreadyExists', `${resourceText(resource)} "${name}" already exists`, {
    details: { name, group: resource.group, kind: resource.resource },
  });
}

/** 409 for a write that was based on something else than what is stored. */
export function conflict(resource: Named, name: string, why: string): KubeError {
  return kubeError('Conflict', `Operation cannot be fulfilled on ${resourceText(resource)} "${name}": ${why}`, {
    details: { name, group: resource.group, kind: resource.resource },
  });
}

/** 409 for a resourceVersion that is not the stored one. */
export function modified(resource: Named, name: string): KubeError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** 403 with a reason that is not about permissions. */
export function forbidden(resource: Named, name: string, why: string): KubeError {
  return kubeError('Forbidden', `${resourceText(resource)} "${name}" is forbidden: ${why}`, {
    details: { name, group: resource.group, kind: resource.resource },
  });
}

/** 405 for a verb that a resource lacks. */
export function methodNotAllowed(verb: string): KubeError {
  return kubeError('MethodNotAllowed', `the server does not allow this method on the requested resource: ${verb}`);
}

/** 422 with one cause a field error; `kind` is the Kind, as upstream puts it. */
export function invalid(
  subject: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): KubeError {
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
  return kubeError('Invalid', `${kind} "${name}" is invalid: ${list}`, {
    details: {
      name,
      group: subject.group,
      kind: subject.kind,
      causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
    },
  });
}

const shown = (value: unknown): string => JSON.stringify(value) ?? 'null';

/** `Required value`. */
export function requiredField(field: string, why = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: why === '' ? 'Required value' : `Required value: ${why}` };
}

/** `Invalid value: …: why`. */
export function invalidField(field: string, value: unknown, why: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${shown(value)}: ${why}` };
}

/** `Forbidden: why`. */
export function forbiddenField(field: string, why: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` };
}

/** `Unsupported value: "x": supported values: "A", "B"`. */
export function unsupportedField(field: string, value: unknown, allowed: readonly string[]): FieldError {
  const values = allowed.map((item) => shown(item)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${shown(value)}: supported values: ${values}`,
  };
}

/** `Duplicate value: …`. */
export function duplicateField(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${shown(value)}` };
}

/** `Not found: …`. */
export function notFoundField(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueNotFound', field, message: `Not found: ${shown(value)}` };
}

/** `Too long: may not be more than N bytes`. */
export function tooLongField(field: string, limitBytes: number): FieldError {
  return { reason: 'FieldValueTooLong', field, message: `Too long: may not be more than ${limitBytes} bytes` };
}

/** The upstream sentence for a change of something that never changes. */
export const IMMUTABLE = 'field is immutable';
