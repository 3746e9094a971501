import type { ReactElement } from 'react';
import type { Tone } from '../model/index.ts';

const PATHS: { readonly [tone in Tone]: string } = {
  good: 'M3.5 8.5l3 3 6-7',
  bad: 'M4.5 4.5l7 7m0-7l-7 7',
  busy: 'M13 8a5 5 0 1 1-2-4m2-2v3h-3',
  waiting: 'M6 4.5v7m4-7v7',
  warn: 'M8 4v5m0 2.5v.5',
  off: 'M4 8h8',
  unknown: 'M6 6a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.5m0 2.3v.3',
};

/** The sign of a tone; its shape tells the state without the colour. */
export function ToneIcon({ tone }: { readonly tone: Tone }): ReactElement {
  return (
    <svg className={`tone-icon tone-${tone}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle cx="8" cy="8" r="7.5" />
      <path d={PATHS[tone]} />
    </svg>
  );
}

/** The product's sign. */
export function Logo(): ReactElement {
  return (
    <svg className="logo" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <path className="logo-sail" d="M15 3v17H5C6 13 10 7 15 3zM17 7c5 3 8 8 9 13h-9z" />
      <path className="logo-hull" d="M3 22h26c-1 4-4 7-8 7H11c-4 0-7-3-8-7z" />
    </svg>
  );
}
