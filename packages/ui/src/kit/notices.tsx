import type { ReactElement, ReactNode } from 'react';
import { spanText, type Link } from '../model/index.ts';

/** Says that what is shown may no longer be true, and since when. Nothing while all is well. */
export function StaleBanner({ link, nowMs }: { readonly link: Link; readonly nowMs: number }): ReactElement | null {
  if (link.kind !== 'broken') return null;
  return (
    <div className="banner banner-warn" role="status">
      <strong>Not live.</strong> Last known state is {spanText(nowMs - link.sinceMs)} old. Reconnecting… ({link.reason})
    </div>
  );
}

/** A refusal or a failure, said once. */
export function ErrorNotice({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <div className="banner banner-bad" role="alert">
      {children}
    </div>
  );
}

/** Stands where content will be: loading, or nothing there. */
export function Placeholder({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <p className="placeholder" role="status">
      {children}
    </p>
  );
}
