import { useEffect, useRef, type ReactElement, type ReactNode } from 'react';

/** A panel beside the content (below it on a phone). Escape closes it; it takes the focus when it opens. */
export function SidePanel({
  title,
  subtitle,
  onClose,
  children,
}: {
  readonly title: string;
  readonly subtitle: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [title]);
  return (
    <aside
      className="side-panel"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <header className="side-panel-head">
        <div>
          <h2 ref={heading} tabIndex={-1}>
            {title}
          </h2>
          <p className="quiet">{subtitle}</p>
        </div>
        <button type="button" className="icon-button" aria-label="Close panel" onClick={onClose}>
          ✕
        </button>
      </header>
      <div className="side-panel-body">{children}</div>
    </aside>
  );
}

/** Buttons that choose one of several views. */
export function Tabs<Name extends string>({
  names,
  current,
  onChoose,
}: {
  readonly names: readonly Name[];
  readonly current: Name;
  readonly onChoose: (name: Name) => void;
}): ReactElement {
  return (
    <div className="tabs" role="tablist">
      {names.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={name === current}
          className="tab"
          onClick={() => onChoose(name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
