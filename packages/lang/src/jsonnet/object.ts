import type { Runtime } from './runtime.ts';
import type { Visibility } from './syntax.ts';
import { Frame, Thunk, type Code, type Lazy, type Value } from './value.ts';

/** A field of one layer. */
export interface Field {
  readonly visibility: Visibility;
  /** `+:`: the value is added to what the field is in the layers below. */
  readonly plus: boolean;
  /** Worked out in the layer's scope for the object at hand; absent when `value` is given. */
  readonly code?: Code;
  /** A value that does not depend on the object. */
  readonly value?: Lazy;
  /** Comprehensions: the scope with this field's loop variables, in place of the layer's. */
  readonly frame?: Frame;
  /** What stack traces call the field. */
  readonly label?: string;
}

/** What one object literal contributes to an object: inheritance stacks layers. */
export interface Layer {
  readonly fields: ReadonlyMap<string, Field>;
  /** Object locals, in the slots of the layer's scope. */
  readonly locals: readonly { readonly code: Code; readonly label: string }[];
  readonly asserts: readonly Code[];
  readonly frame: Frame | undefined;
  /** Names that this layer takes away from those below it. */
  readonly removed?: ReadonlySet<string>;
}

/** Where a field is found, and whether it is seen after all layers. */
interface Entry {
  readonly layer: number;
  readonly visibility: Visibility;
}

/** From how many layers on an index of names pays. */
const INDEX_FROM_LAYERS = 4;

/** An object: layers from the base upwards, and the values of the fields asked for so far. */
export class JsonnetObject {
  readonly layers: readonly Layer[];
  readonly #cache = new Map<string, Value>();
  #frames: (Frame | undefined)[] | undefined;
  #index: Map<string, Entry> | undefined;
  #names: { readonly all: readonly string[]; readonly visible: readonly string[] } | undefined;
  #asserted: boolean;

  constructor(layers: readonly Layer[]) {
    this.layers = layers;
    this.#asserted = layers.every((layer) => layer.asserts.length === 0);
  }

  /** The object that `other` extends this one to. */
  extend(other: JsonnetObject): JsonnetObject {
    return new JsonnetObject([...this.layers, ...other.layers]);
  }

  /** The highest layer below `below` that holds the field; -1 when none does. */
  find(name: string, below = this.layers.length): number {
    if (this.layers.length >= INDEX_FROM_LAYERS && below === this.layers.length) {
      this.#index ??= this.#buildIndex();
      return this.#index.get(name)?.layer ?? -1;
    }
    return this.#search(name, below - 1);
  }

  #search(name: string, from: number): number {
    for (let layer = from; layer >= 0; layer -= 1) {
      const candidate = this.layers[layer];
      if (candidate?.fields.has(name) === true) return layer;
      if (candidate?.removed?.has(name) === true) return -1;
    }
    return -1;
  }

  #buildIndex(): Map<string, Entry> {
    const index = new Map<string, Entry>();
    this.layers.forEach((layer, position) => {
      for (const name of layer.removed ?? []) index.delete(name);
      for (const [name, { visibility }] of layer.fields) {
        const inherited = visibility === 'inherit' ? index.get(name)?.visibility : undefined;
        index.set(name, { layer: position, visibility: inherited ?? visibility });
      }
    });
    return index;
  }

  /** True if the field exists; `hidden` says whether hidden ones count. */
  has(name: string, hidden: boolean): boolean {
    if (hidden) return this.find(name) >= 0;
    this.#index ??= this.#buildIndex();
    const entry = this.#index.get(name);
    return entry !== undefined && entry.visibility !== 'hidden';
  }

  /** Names of the fields, sorted by code point. */
  names(hidden: boolean): readonly string[] {
    this.#names ??= this.#sortNames();
    return hidden ? this.#names.all : this.#names.visible;
  }

  #sortNames(): { readonly all: readonly string[]; readonly visible: readonly string[] } {
    this.#index ??= this.#buildIndex();
    const index = this.#index;
    const all = [...index.keys()].sort(compareCodePoints);
    return { all, visible: all.filter((name) => index.get(name)?.visibility !== 'hidden') };
  }

  /** The value of a field; fails when there is none, or when an assertion of the object does not hold. */
  get(name: string, runtime: Runtime): Value {
    this.checkAsserts(runtime);
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    const layer = this.find(name);
    if (layer < 0) throw runtime.error(`Field does not exist: ${name}`);
    const value = this.#evaluate(name, layer, runtime);
    this.#cache.set(name, value);
    return value;
  }

  /** The value of a field as the layers below `layer` have it. */
  getSuper(name: string, layer: number, runtime: Runtime): Value {
    const found = this.find(name, layer);
    if (found < 0) throw runtime.error(`Field does not exist: ${name}`);
    return this.#evaluate(name, found, runtime);
  }

  /** The value of a field without working it out before it is needed. */
  lazy(name: string): Lazy {
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    return new Thunk((_frame, runtime) => this.get(name, runtime), EMPTY_FRAME, 'thunk');
  }

  #evaluate(name: string, layer: number, runtime: Runtime): Value {
    const field = this.layers[layer]?.fields.get(name);
    if (field?.code === undefined) return field?.value === undefined ? null : runtime.force(field.value);
    runtime.enter(field.label ?? 'object');
    const frame = field.frame === undefined ? this.#frameOf(layer) : this.#makeFrame(layer, field.frame);
    let value = field.code(frame, runtime);
    if (field.plus && this.find(name, layer) >= 0) {
      value = runtime.plus(this.getSuper(name, layer, runtime), value);
    }
    runtime.leave();
    return value;
  }

  #frameOf(layer: number): Frame {
    this.#frames ??= [];
    const known = this.#frames[layer];
    if (known !== undefined) return known;
    const frame = this.#makeFrame(layer, this.layers[layer]?.frame);
    this.#frames[layer] = frame;
    return frame;
  }

  #makeFrame(layer: number, parent: Frame | undefined): Frame {
    const slots: Lazy[] = [];
    const frame = new Frame(slots, parent, { self: this, layer });
    for (const local of this.layers[layer]?.locals ?? []) slots.push(new Thunk(local.code, frame, local.label));
    return frame;
  }

  /** Checks the assertions once; while they run, the object may be used. */
  checkAsserts(runtime: Runtime): void {
    if (this.#asserted) return;
    this.#asserted = true;
    for (let layer = this.layers.length - 1; layer >= 0; layer -= 1) {
      for (const code of this.layers[layer]?.asserts ?? []) {
        runtime.enter('thunk <object_assert>');
        code(this.#frameOf(layer), runtime);
        runtime.leave();
      }
    }
  }
}

/** The frame of code that needs none. */
export const EMPTY_FRAME = new Frame([], undefined);

/** An object of values, all of one visibility, with nothing to inherit. */
export function objectOf(
  entries: Iterable<readonly [string, Lazy]>,
  visibility: Visibility = 'inherit',
): JsonnetObject {
  const fields = new Map<string, Field>();
  for (const [name, value] of entries) fields.set(name, { visibility, plus: false, value });
  return new JsonnetObject([{ fields, locals: [], asserts: [], frame: undefined }]);
}

/** Orders text by code point, as Go orders UTF-8. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    // A surrogate stands for a character above every one that fits one unit.
    if (left !== right) return isSurrogate(left) === isSurrogate(right) ? left - right : isSurrogate(left) ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
