import type { ReactElement } from 'react';
import { toneOf } from '../model/index.ts';
import { ToneIcon } from './icon.tsx';

/** A state: sign, word and colour together. `about` says of what, for screen readers. */
export function StatusBadge({ word, about }: { readonly word: string; readonly about: string }): ReactElement {
  const tone = toneOf(word);
  return (
    <span className={`status tone-${tone}`}>
      <ToneIcon tone={tone} />
      <span className="visually-hidden">{about}: </span>
      <span className="status-word">{word}</span>
    </span>
  );
}
