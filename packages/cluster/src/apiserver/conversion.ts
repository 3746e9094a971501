import { equalJson, isObject } from '@argosy/std';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { Store, StoredObject } from '../store/index.ts';
import {
  replyTo,
  WebhooksNeeded,
  type AnsweredCall,
  type WebhookCall,
  type WebhookReply,
} from './admission/webhook-calls.ts';
import type { Conversion, ServedResource } from './resource.ts';

/** Most objects that one ConversionReview carries; more are parted. */
export const MAX_CONVERSION_OBJECTS = 500;
/** Seconds that a request waits for a conversion. */
export const CONVERSION_SECONDS = 30;

function callFor(conversion: Conversion, objects: readonly KubeObject[], desiredAPIVersion: string): WebhookCall {
  return {
    webhook: conversion.name,
    client: conversion.client,
    timeoutSeconds: CONVERSION_SECONDS,
    kind: 'ConversionReview',
    request: { desiredAPIVersion, objects },
  };
}

function failed(call: WebhookCall, why: string): Error {
  return kubeError('InternalError', `conversion webhook for ${call.webhook} failed: ${why}`);
}

const FREE_METADATA = ['labels', 'annotations'];

function fixedMetadata(object: KubeObject): unknown {
  return Object.fromEntries(Object.entries(object.metadata).filter(([key]) => !FREE_METADATA.includes(key)));
}

/** A conversion may change what a version may differ in, and nothing of the object's identity. */
function checkConverted(call: WebhookCall, given: { was: KubeObject; is: unknown; index: number }): KubeObject {
  const { was, is, index } = given;
  const at = `response.convertedObjects[${index}]`;
  if (!isObject(is) || !isObject(is['metadata'])) throw failed(call, `${at} is no object`);
  const object = is as unknown as KubeObject;
  const wanted = String(call.request['desiredAPIVersion']);
  if (object.apiVersion !== wanted)
    throw failed(call, `invalid groupVersion in ${at}, expected ${wanted}, got ${object.apiVersion}`);
  if (object.kind !== was.kind) throw failed(call, `invalid kind in ${at}, expected ${was.kind}, got ${object.kind}`);
  if (!equalJson(fixedMetadata(object), fixedMetadata(was))) {
    throw failed(call, `${at}.metadata: may change only in labels and annotations`);
  }
  return object;
}

/** The converted objects of an answer, in the order of the question. @throws KubeError InternalError. */
function readConverted(call: WebhookCall, reply: WebhookReply): readonly KubeObject[] {
  if (!reply.ok) throw failed(call, reply.message);
  const { result, convertedObjects } = reply.response;
  const objects = call.request['objects'] as readonly KubeObject[];
  if (!isObject(result) || result['status'] !== 'Success') {
    const message = isObject(result) ? result['message'] : undefined;
    throw failed(call, typeof message === 'string' ? message : 'without explanation');
  }
  const list: readonly unknown[] = Array.isArray(convertedObjects) ? convertedObjects : [];
  if (list.length !== objects.length) {
    throw failed(call, `response has ${list.length} converted objects, expected ${objects.length}`);
  }
  return objects.map((was, index) => checkConverted(call, { was, is: list[index], index }));
}

/** What conversions are answered from. */
interface Answers {
  readonly answered?: readonly AnsweredCall[];
}

/** An object in another version. @throws WebhooksNeeded when the webhook has not been asked. */
export function convertNow(conversion: Conversion, object: KubeObject, given: Answers & { to: string }): KubeObject {
  if (object.apiVersion === given.to) return object;
  const call = callFor(conversion, [structuredClone(object)], given.to);
  const reply = replyTo(given.answered ?? [], call);
  if (reply === undefined) throw new WebhooksNeeded([call]);
  return readConverted(call, reply)[0] ?? object;
}

type Converted = ReadonlyMap<string, KubeObject>;

/**
 * An object of storage in all served versions but its own; none of a definition that is ending, so that it can end
 * without its webhook.
 * @throws WebhooksNeeded when the webhook has not been asked.
 */
export function convertToServed(
  conversion: Conversion,
  object: KubeObject,
  given: Answers & { readonly isEnding: boolean | undefined },
): Converted {
  const calls: WebhookCall[] = [];
  const found = new Map<string, KubeObject>();
  for (const to of given.isEnding === true ? [] : conversion.served) {
    if (to === object.apiVersion) continue;
    try {
      found.set(to, convertNow(conversion, object, { ...given, to }));
    } catch (error) {
      if (!(error instanceof WebhooksNeeded)) throw error;
      calls.push(...error.calls);
    }
  }
  if (calls.length > 0) throw new WebhooksNeeded(calls);
  return found;
}

/** Keeps what an object looks like in other versions for as long as it is the stored one. */
export function keepConverted(conversion: Conversion, stored: StoredObject, converted: Converted): void {
  const resourceVersion = String(stored.resourceVersion);
  const kept = new Map<string, KubeObject>();
  for (const [version, object] of converted) {
    kept.set(version, { ...object, metadata: { ...object.metadata, resourceVersion } });
  }
  conversion.converted.set(stored, kept);
}

/** What is known of a stored object in other versions. */
export function knownConverted(conversion: Conversion, stored: StoredObject): Converted | undefined {
  return conversion.converted.get(stored);
}

/** The stored object as `resource` shows it. @throws WebhooksNeeded when its webhook has not been asked. */
export function presentConverted(
  store: Pick<Store, 'tree'>,
  given: { readonly resource: ServedResource; readonly conversion: Conversion },
  stored: StoredObject,
): KubeObject {
  const { resource, conversion } = given;
  const tree = store.tree(stored);
  if (tree.apiVersion === resource.apiVersion) return tree;
  const known = conversion.converted.get(stored)?.get(resource.apiVersion);
  if (known !== undefined) return known;
  throw new WebhooksNeeded([callFor(conversion, [tree], resource.apiVersion)]);
}

/** What must be asked before all these can be shown as `resource`: few questions, each about many objects. */
export function missingConversions(
  store: Pick<Store, 'tree'>,
  resource: ServedResource,
  list: readonly StoredObject[],
): readonly WebhookCall[] {
  const { conversion, apiVersion } = resource;
  if (conversion === undefined) return [];
  const open = list
    .filter((stored) => conversion.converted.get(stored)?.has(apiVersion) !== true)
    .map((stored) => store.tree(stored))
    .filter((tree) => tree.apiVersion !== apiVersion);
  const calls: WebhookCall[] = [];
  for (let start = 0; start < open.length; start += MAX_CONVERSION_OBJECTS) {
    calls.push(callFor(conversion, open.slice(start, start + MAX_CONVERSION_OBJECTS), apiVersion));
  }
  return calls;
}

/** Takes over one answer about a stored object. Answers about drafts, which look much the same, are not about it. */
function absorb(
  store: Pick<Store, 'get' | 'tree'>,
  given: { readonly resource: ServedResource; readonly conversion: Conversion },
  pair: { readonly was: KubeObject; readonly is: KubeObject },
): void {
  const { resource, conversion } = given;
  const { was, is } = pair;
  const { namespace = '', name } = was.metadata;
  const stored = store.get(resource.storage, namespace, name);
  if (stored === undefined || !equalJson(store.tree(stored), was)) return;
  const known = conversion.converted.get(stored) ?? new Map<string, KubeObject>();
  conversion.converted.set(stored, new Map([...known, [is.apiVersion, is]]));
}

/**
 * Takes over what webhooks said about stored objects.
 * @throws KubeError InternalError when one of them failed.
 */
export function absorbConversions(
  store: Pick<Store, 'get' | 'tree'>,
  resource: ServedResource,
  answered: readonly AnsweredCall[],
): void {
  const { conversion } = resource;
  if (conversion === undefined) return;
  for (const { call, reply } of answered) {
    if (call.kind !== 'ConversionReview') continue;
    const objects = call.request['objects'] as readonly KubeObject[];
    readConverted(call, reply).forEach((is, index) => {
      const was = objects[index];
      if (was !== undefined) absorb(store, { resource, conversion }, { was, is });
    });
  }
}
