const SUFFIX: { readonly [suffix: string]: number } = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A resource quantity in whole thousandths, rounded up: `1500m` and `1.5` are 1500. 0 when it cannot be read. */
export function quantityMilli(value: string | number | undefined): number {
  if (value === undefined) return 0;
  const match = /^([+-]?\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|([A-Za-z]{0,2}))$/.exec(String(value));
  if (match === null) return 0;
  const scale = SUFFIX[match[3] ?? ''];
  if (scale === undefined) return 0;
  const milli = Number(`${match[1]}${match[2] ?? ''}`) * scale * 1000;
  // Decimal fractions are not exact in binary: what is a hair above a whole number is that number.
  return Math.ceil(Number(milli.toPrecision(15)));
}
