import { isObject } from '@argosy/std';
import { kubeError, type StatusCause } from '@argosy/kube/meta';
import type { AccessAttributes } from '../apiserver/index.ts';

type Json = { readonly [field: string]: unknown };

/** A 422 for one field of a review. */
export function invalidReview(kind: string, field: string, message: string): Error {
  const group = kind === 'TokenRequest' || kind === 'TokenReview' ? 'authentication.k8s.io' : 'authorization.k8s.io';
  const causes: readonly StatusCause[] = [{ reason: 'FieldValueInvalid', message, field }];
  return kubeError('Invalid', `${kind}.${group} "" is invalid: ${field}: ${message}`, {
    details: { group, kind, causes },
  });
}

/** The `spec` of a review; an absent one reads as empty. */
export function specOf(object: Json): Json {
  const spec = object['spec'];
  return isObject(spec) ? spec : {};
}

/** A text member; absent reads as empty. @throws KubeError Invalid for anything else. */
export function textField(kind: string, holder: Json, field: string): string {
  const value = holder[field];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw invalidReview(kind, `spec.${field}`, `Invalid value: found ${typeof value}, allowed is text`);
}

/** A list of texts; absent reads as empty. @throws KubeError Invalid for anything else. */
export function textList(kind: string, holder: Json, field: string): readonly string[] {
  const value = holder[field];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
  throw invalidReview(kind, `spec.${field}`, 'Invalid value: allowed is a list of texts');
}

/** What an access review asks: exactly one of resourceAttributes and nonResourceAttributes. */
export function attributesOf(kind: string, spec: Json): AccessAttributes {
  const resource = spec['resourceAttributes'];
  const path = spec['nonResourceAttributes'];
  if (isObject(resource) === isObject(path)) {
    const message = 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw invalidReview(kind, 'spec.resourceAttributes', message);
  }
  const holder = isObject(resource) ? resource : isObject(path) ? path : {};
  const text = (field: string): string => textField(kind, holder, field);
  const attributes = {
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  };
  return isObject(path) ? { ...attributes, path: text('path') } : attributes;
}
